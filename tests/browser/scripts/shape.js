// All of a switch's looks but its colours.
const names = "content left right inset transform translate margin padding textAlign justifyContent backgroundPosition";
const looks = (pseudo) => names.split(" ").map((name) => getComputedStyle(arguments[0], pseudo)[name]);
return JSON.stringify([looks("::before"), looks("::after"), looks(null)]);
