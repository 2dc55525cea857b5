// Scrolls a control to the middle and says whether a visitor's pointer would meet it there.
const it = arguments[0];
it.scrollIntoView({ block: "center", behavior: "instant" });
const { x, y, width, height } = it.getClientRects()[0];
const points = [[0.5, 0.5], [0.1, 0.2], [0.9, 0.8]];
const met = points.map(([a, b]) => document.elementFromPoint(x + width * a, y + height * b));
return met.every((at) => at && (at == it || it.contains(at)));
