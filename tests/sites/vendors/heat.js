/* Heat: a log in IndexedDB, a greeting by WebSocket, and the view itself. */
(() => {
  const opening = indexedDB.open("heat", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("visits", { autoIncrement: true });
  opening.onsuccess = () => {
    const base = opening.result;
    base.onversionchange = () => base.close();
    const writing = base.transaction("visits", "readwrite");
    writing.objectStore("visits").add(Date.now());
    writing.oncomplete = () => base.close();
  };
  const socket = new WebSocket("wss://ws.heat.example/live");
  socket.onopen = () => socket.close();
  new Image().src = "https://in.heat.example/h.gif";
})();
