/* Any vendor's tag at its barest: it stores nothing and reports the view to the host that it came from. */
new Image().src = new URL("/p.gif?ev=bare", document.currentScript.src);
