/* The shop's own widgets. One of them is none. */
const widget = document.createElement("script");
widget.src = "https://px.pixel.example/bare.js";
document.head.append(widget);
