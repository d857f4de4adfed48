"use strict";
(function () {
  const bar = document.getElementById("searching");
  const box = document.getElementById("search");
  const told = document.getElementById("found");
  const finds = Array.from(document.querySelectorAll(".find"), (part) => [part, part.textContent.toLowerCase()]);
  const holders = Array.from(document.querySelectorAll(".holds")).reverse();
  const tables = Array.from(document.querySelectorAll(".wide"), (part) => part).filter((part) => part.querySelector(".find"));
  function search() {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const [part, text] of finds) {
      const fits = words.every((word) => text.includes(word));
      part.hidden = !fits;
      count += fits;
    }
    for (const part of [...tables, ...holders]) {
      part.hidden = words.length > 0 && !part.querySelector(".find:not([hidden])");
    }
    document.body.classList.toggle("searching", words.length > 0);
    told.textContent = words.length ? (count === 1 ? "1 found" : count + " found") : "";
  }
  let waiting = 0;
  box.addEventListener("input", function () {
    clearTimeout(waiting);
    waiting = setTimeout(search, 120);
  });
  document.addEventListener("click", function (event) {
    if (event.target.closest('a[href^="#"]') && box.value) {
      box.value = "";
      search();
    }
  });
  window.addEventListener("beforeprint", function () {
    for (const part of document.querySelectorAll("details")) part.open = true;
  });
  bar.hidden = false;
})();
