// Two things that the theme leaves unsaid to a screen reader.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("button.search-button__button, button.search-button").forEach((b) => {
    if (!b.getAttribute("aria-label")) b.setAttribute("aria-label", "Search");
  });
});
