// Before the first paint, so that a chosen theme doesn't flash.
(() => {
  try {
    const theme = localStorage.getItem("okoshko.sandbox.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // A browser that keeps nothing follows the system.
  }
})();
