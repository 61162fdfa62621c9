// Titles under the search box while one types. Without this file the box searches on Enter.
for (const input of document.querySelectorAll("input[data-suggest]")) {
  let list = null;
  let last = 0;

  const close = () => {
    list?.remove();
    list = null;
  };

  const show = (lines) => {
    close();
    if (!lines.length) return;
    list = document.createElement("ul");
    list.className = "suggestions";
    list.setAttribute("aria-label", "搜索建议");
    for (const { title, href } of lines) {
      const link = document.createElement("a");
      link.href = href;
      link.textContent = title;
      const line = document.createElement("li");
      line.append(link);
      list.append(line);
    }
    input.after(list);
  };

  const ask = async () => {
    const words = input.value.trim();
    const turn = ++last;
    if (!words) return close();
    const answer = await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(words)}`).catch(() => null);
    if (!answer?.ok) return;
    const lines = await answer.json();
    if (turn === last) show(lines);
  };

  let wait = 0;
  input.addEventListener("input", (event) => {
    if (event.isComposing) return;
    clearTimeout(wait);
    wait = setTimeout(ask, 150);
  });
  input.addEventListener("compositionend", ask);
  input.parentElement.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && list) {
      event.preventDefault();
      close();
      input.focus();
    }
    if (!list || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
    event.preventDefault();
    const links = [...list.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    (links[at] ?? input).focus();
  });
  document.addEventListener("click", (event) => {
    if (!input.parentElement.contains(event.target)) close();
  });
}
