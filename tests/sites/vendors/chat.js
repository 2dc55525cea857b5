/* Chat: an id for the tab, and a hello. */
sessionStorage.setItem("talk", Math.random().toString(36).slice(2));
fetch("https://chat.talk.example/hello", { mode: "no-cors" });
