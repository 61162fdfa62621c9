// A form is sent once: a second click while the first is under way does nothing.
for (const form of document.querySelectorAll('form[method="post"]')) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
    setTimeout(() => (sent = false), 4000);
  });
  window.addEventListener("pageshow", () => (sent = false));
}
