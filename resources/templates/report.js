(() => {
  "use strict";
  document.documentElement.classList.add("js");

  // Numbers at the pointer, at once and inside the window; without scripts the titles do the same slowly.
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  document.body.append(tip);
  for (const element of document.querySelectorAll("[title]")) {
    element.dataset.tip = element.title;
    element.removeAttribute("title");
  }
  for (const title of document.querySelectorAll("svg path > title, svg circle > title")) {
    title.parentNode.dataset.tip = title.textContent;
    title.remove();
  }
  const place = (x, y) => {
    const box = tip.getBoundingClientRect();
    const left = Math.min(Math.max(x - box.width / 2, 8), innerWidth - box.width - 8);
    tip.style.left = `${left}px`;
    tip.style.top = `${y - box.height - 12 > 0 ? y - box.height - 12 : y + 18}px`;
  };
  const show = (event) => {
    const owner = event.target.closest?.("[data-tip]");
    tip.hidden = !owner;
    if (owner) {
      tip.textContent = owner.dataset.tip;
      const box = owner.getBoundingClientRect();
      place(event.clientX ?? box.left + box.width / 2, event.clientY ?? box.top);
    }
  };
  document.addEventListener("pointermove", show);
  document.addEventListener("pointerdown", show);
  document.addEventListener("focusin", show);
  document.addEventListener("scroll", () => { tip.hidden = true; }, { passive: true, capture: true });

  const signed = (value, digits) => {
    const text = Math.abs(value).toFixed(digits);
    return Number(text) === 0 ? text : (value < 0 ? "\u2212" : "+") + text;
  };
  const colour = (element, value, scale) => {
    element.classList.remove("p", "n", "z");
    element.classList.add(value > 0 ? "p" : value < 0 ? "n" : "z");
    element.style.setProperty("--a", Math.min(Math.abs(value) / (scale || 1), 1));
  };

  const setUp = (card) => {
    const data = JSON.parse(card.querySelector("script[type='application/json']").textContent);
    const links = [...card.querySelectorAll(".plot path")];
    const slider = card.querySelector("input[type=range]");
    const count = card.querySelector("output");
    const words = [...card.querySelectorAll("[data-w]")].map((element) => ({
      element,
      side: element.closest("[data-side]").dataset.side,
      index: Number(element.dataset.w),
      inText: Boolean(element.closest(".text")),
      value: element.dataset.n,
      tip: element.dataset.tip,
      a: element.style.getPropertyValue("--a"),
      sign: ["p", "n", "z"].find((name) => element.classList.contains(name)),
    }));
    let pinned = null;

    const isolate = (target) => {
      links.forEach((path, rank) => {
        const end = target && Number(target.side === "query" ? path.dataset.q : path.dataset.c);
        path.classList.toggle("out", target ? end !== target.index : rank >= Number(slider.value));
      });
      for (const word of words) {
        const element = word.element;
        const own = target && word.side === target.side;
        element.classList.toggle("chosen", Boolean(own && word.index === target.index));
        element.classList.toggle("dim", Boolean(own && word.index !== target.index));
        if (target && !own && data.cells) {
          const cell = target.side === "query"
            ? data.cells[target.index][word.index] : data.cells[word.index][target.index];
          colour(element, cell, data.pairs);
          element.dataset.n = signed(cell, data.digits);
          element.dataset.tip = `${signed(cell, data.digits)} together with \u201c${target.text}\u201d`;
        } else {
          colour(element, { p: 1, n: -1, z: 0 }[word.sign], 1);
          element.style.setProperty("--a", word.a);
          element.dataset.n = word.value;
          element.dataset.tip = word.tip;
        }
      }
    };
    const targetOf = (event) => {
      const word = words.find((one) => one.element === event.target.closest?.("[data-w]"));
      return word ? { side: word.side, index: word.index, text: word.element.textContent } : null;
    };
    const same = (a, b) => a && b && a.side === b.side && a.index === b.index;
    const pin = (target) => {
      pinned = same(target, pinned) ? null : target;
      isolate(pinned);
    };

    slider.addEventListener("input", () => {
      count.textContent = slider.value;
      isolate(pinned);
    });
    card.addEventListener("click", (event) => {
      if (event.target.closest("[data-w]")) pin(targetOf(event));
      else if (pinned && !event.target.closest("label")) pin(pinned);
    });
    card.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && pinned) pin(pinned);
      if ((event.key === "Enter" || event.key === " ") && event.target.matches("[data-w]")) {
        event.preventDefault();
        pin(targetOf(event));
      }
    });
    const plot = card.querySelector(".plot");
    plot.addEventListener("pointerover", (event) => { if (!pinned) isolate(targetOf(event)); });
    plot.addEventListener("pointerleave", () => { if (!pinned) isolate(null); });
  };
  document.querySelectorAll("article[data-pair]").forEach(setUp);
})();
