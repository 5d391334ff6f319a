// What the theme leaves unsaid, or says wrong, to a screen reader.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("button.search-button__button, button.search-button").forEach((b) => {
    if (!b.getAttribute("aria-label")) b.setAttribute("aria-label", "Search");
  });
  document.querySelectorAll("[role=doc-biblioentry]").forEach((entry) => {
    entry.setAttribute("role", "listitem");
  });
});
