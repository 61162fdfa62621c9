// Adds a button that copies the text of an element: an application key, a command.
for (const source of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button-plain button-small";
  button.textContent = "复制";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(source.textContent.trim());
    button.textContent = "已复制";
    setTimeout(() => (button.textContent = "复制"), 2000);
  });
  source.after(button);
}
