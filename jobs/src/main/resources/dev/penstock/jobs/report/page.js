// What a mark of a drawing stands for, beside the pointer. Without it the page is complete but for these.
const tip = document.getElementById("tip");

function told(target, event) {
  const marked = target.closest("[data-tip]");
  if (marked) return marked.dataset.tip;
  const heat = target.closest(".heat");
  if (!heat) return null;
  const box = heat.querySelector(".track").getBoundingClientRect();
  const places = heat.closest("svg").dataset.intervals.split(" ");
  const place = Math.floor((event.clientX - box.left) / box.width * places.length);
  const found = heat.dataset.drift.split(" ").find(one => one.startsWith(place + ":"));
  if (!found) return null;
  const [value, bound] = found.split(":")[1].split("/");
  return `${heat.dataset.column}\n${places[place]}: ${value}, at most ${bound}`;
}

document.addEventListener("pointermove", event => {
  const text = event.target.closest("svg") && told(event.target, event);
  tip.hidden = !text;
  if (!text) return;
  tip.textContent = text;
  const left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
  const below = event.clientY + 18;
  tip.style.left = Math.max(8, left) + "px";
  tip.style.top = (below + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - 10 : below) + "px";
});
document.documentElement.dataset.ready = "true";
