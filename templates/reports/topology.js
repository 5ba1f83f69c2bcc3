"use strict";
// Search, pan and zoom. What is looked at is the viewBox: the drawing itself never changes.
const sheet = document.getElementById("sheet"), field = document.getElementById("search"), told = document.getElementById("told");
const about = JSON.parse(document.getElementById("about").textContent);
const whole = sheet.getAttribute("viewBox").split(" ").map(Number);
let view = [...whole], hits = [], at = 0;

function look(next) {
  const wide = Math.min(Math.max(next[2], whole[2] / 60), whole[2] * 2), scale = wide / next[2];
  view = [next[0] + (next[2] - wide) / 2, next[1] + next[3] * (1 - scale) / 2, wide, next[3] * scale];
  sheet.setAttribute("viewBox", view.join(" "));
}
function point(x, y) { return new DOMPoint(x, y).matrixTransform(sheet.getScreenCTM().inverse()); }
function zoom(factor, x, y) {
  const box = sheet.getBoundingClientRect(), p = point(x ?? box.x + box.width / 2, y ?? box.y + box.height / 2);
  const wide = Math.min(Math.max(view[2] * factor, whole[2] / 60), whole[2] * 2), scale = wide / view[2];
  look([p.x - (p.x - view[0]) * scale, p.y - (p.y - view[1]) * scale, wide, view[3] * scale]);
}
function place(name) { return document.getElementById("switch-" + name); }
function tell(name) {
  const [first, ...rest] = about[name].words.split(" · ");
  const bold = document.createElement("b");
  bold.textContent = first;
  told.replaceChildren(bold, " · " + rest.join(" · ") + (hits.length > 1 ? ` (${at + 1} of ${hits.length}; Enter: the next)` : ""));
}
function go(name) {
  document.querySelectorAll(".here").forEach((one) => one.classList.remove("here"));
  const node = place(name), box = node.getBoundingClientRect(), a = point(box.left, box.top), b = point(box.right, box.bottom);
  node.classList.add("here");
  const wide = Math.min(whole[2], (b.x - a.x) * 9), high = wide * whole[3] / whole[2];
  look([(a.x + b.x - wide) / 2, (a.y + b.y - high) / 2, wide, high]);
  tell(name);
}
function search() {
  const words = field.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  document.querySelectorAll(".found, .here").forEach((one) => one.classList.remove("found", "here"));
  const exact = words.length === 1 && about[words[0]] ? words[0] : null;
  hits = !words.length ? [] : exact ? [exact] : Object.keys(about).filter((name) => words.every((word) => about[name].search.includes(word)));
  at = 0;
  sheet.classList.toggle("searching", hits.length > 0);
  hits.forEach((name) => place(name).classList.add("found"));
  if (!words.length) { told.textContent = ""; look([...whole]); }
  else if (!hits.length) told.textContent = `Nothing is called ${field.value.trim()}.`;
  else go(hits[0]);
}
field.addEventListener("input", search);
field.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { field.value = ""; search(); }
  if (event.key === "Enter" && hits.length) { at = (at + (event.shiftKey ? hits.length - 1 : 1)) % hits.length; go(hits[at]); }
});
document.getElementById("in").addEventListener("click", () => zoom(1 / 1.5));
document.getElementById("out").addEventListener("click", () => zoom(1.5));
document.getElementById("all").addEventListener("click", () => look([...whole]));
sheet.addEventListener("wheel", (event) => { event.preventDefault(); zoom(Math.exp(event.deltaY / 400), event.clientX, event.clientY); }, { passive: false });
const fingers = new Map();
sheet.addEventListener("pointerdown", (event) => { fingers.set(event.pointerId, [event.clientX, event.clientY]); sheet.classList.add("held"); });
addEventListener("pointermove", (event) => {
  const before = fingers.get(event.pointerId);
  if (!before) return;
  const others = [...fingers].filter(([id]) => id !== event.pointerId).map(([, where]) => where);
  if (others.length) {
    const [x, y] = others[0];
    zoom(Math.hypot(before[0] - x, before[1] - y) / Math.max(1, Math.hypot(event.clientX - x, event.clientY - y)), x, y);
  } else {
    const a = point(...before), b = point(event.clientX, event.clientY);
    look([view[0] + a.x - b.x, view[1] + a.y - b.y, view[2], view[3]]);
  }
  fingers.set(event.pointerId, [event.clientX, event.clientY]);
});
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, (event) => { fingers.delete(event.pointerId); sheet.classList.toggle("held", fingers.size > 0); });
document.addEventListener("keydown", (event) => {
  if (event.target === field || event.ctrlKey || event.metaKey || event.altKey) return;
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (step) { look([view[0] + step[0] * view[2] / 8, view[1] + step[1] * view[3] / 8, view[2], view[3]]); event.preventDefault(); }
  else if (event.key === "+") zoom(1 / 1.5);
  else if (event.key === "-") zoom(1.5);
  else if (event.key === "0") look([...whole]);
  else if (event.key === "/") { field.focus(); event.preventDefault(); }
});
sheet.addEventListener("click", (event) => {
  const node = event.target.closest(".switch");
  if (node && about[node.id.slice(7)]) { hits = []; tell(node.id.slice(7)); }
});
let kept = null;  // paper shows all of it
addEventListener("beforeprint", () => { kept = view; look([...whole]); });
addEventListener("afterprint", () => { if (kept) look(kept); });
if (location.hash.length > 1) { field.value = decodeURIComponent(location.hash.slice(1)); search(); }
