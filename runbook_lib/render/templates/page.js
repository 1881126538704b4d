"use strict";
(() => {
  const plots = [];
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // Figures take the text and line colours of the page, so that they read well in light, dark and print.
  function theme(layout, ink, line) {
    const axes = Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key));
    const themed = {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", "font.color": ink, "font.family": getComputedStyle(document.body).fontFamily,
      "hoverlabel.bgcolor": colour("--card"), "hoverlabel.font.color": ink, "hoverlabel.bordercolor": line,
    };
    for (const axis of axes) {
      themed[axis + ".gridcolor"] = line;
      themed[axis + ".zerolinecolor"] = line;
    }
    return themed;
  }

  function wide(plot) {
    const meta = plot.spec.layout.meta;
    const least = (meta && meta.min_width) || 0;
    return Math.max(plot.box.parentElement.clientWidth, least);
  }

  function recolour() {
    for (const plot of plots) Plotly.relayout(plot.box, theme(plot.spec.layout, colour("--ink"), colour("--line")));
  }

  function resize() {
    for (const plot of plots) {
      const width = wide(plot);
      if (width && width !== plot.width) {
        plot.width = width;
        Plotly.relayout(plot.box, { width });
      }
    }
  }

  function draw(figure) {
    const spec = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
    const plot = { box: figure.querySelector(".plot"), spec: { data: spec.data || [], layout: spec.layout || {} } };
    plot.width = wide(plot);
    const layout = Object.assign({}, plot.spec.layout, { width: plot.width, autosize: false });
    const config = { displaylogo: false, displayModeBar: false, responsive: false };
    plots.push(plot);
    return Plotly.newPlot(plot.box, plot.spec.data, layout, config);
  }

  const figures = [...document.querySelectorAll("figure.figure")];
  if (figures.length) {
    Promise.all(figures.map(draw)).then(() => {
      recolour();
      document.documentElement.dataset.figures = "ready";
    });
    scheme.addEventListener("change", recolour);
    addEventListener("resize", resize);
  }

  for (const button of document.querySelectorAll("button.copy")) {
    if (!navigator.clipboard) break;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.closest("figure").querySelector("code").textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
  }

  // On paper nothing stays folded except code, and figures fit the page.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open]):not(.source)")];
    for (const item of opened) item.open = true;
    for (const plot of plots) {
      plot.box.style.zoom = Math.min(1, 630 / plot.width);
      Plotly.relayout(plot.box, theme(plot.spec.layout, "#171b21", "#cfd5dc"));
    }
  });
  addEventListener("afterprint", () => {
    for (const item of opened) item.open = false;
    for (const plot of plots) plot.box.style.zoom = "";
    recolour();
  });
})();
