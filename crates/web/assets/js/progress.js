// A delivery's progress: fetches the fragment of the same page each second and swaps it in.
// Without this file the page refreshes itself.
const box = document.querySelector("[data-progress]");

async function tick() {
  if (document.hidden) return schedule();
  try {
    const answer = await fetch(box.dataset.progress, { headers: { accept: "text/html" } });
    if (!answer.ok) return schedule(5000);
    const done = answer.headers.get("x-progress") === "done";
    if (done) return location.reload();
    box.innerHTML = await answer.text();
  } catch {
    return schedule(5000);
  }
  schedule();
}

function schedule(wait = 1000) {
  setTimeout(tick, wait);
}

if (box) schedule();
