/// The page's own script: draws every chart of the data with Chart.js 3 or 4, in the colours of the reader's theme.
enum PageScript {
  static let source = """
    (() => {
      const charts = JSON.parse(document.getElementById("charts").textContent);
      const drawn = [];
      Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
      const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
      // Six colours; cases beyond take them again.
      const tint = (n) => css("--c" + (n % 6));

      // Whiskers from the lowest to the highest repeat, and dashed marks with their labels.
      const overlay = {
        id: "overlay",
        afterDatasetsDraw(chart) {
          const { spec } = chart.options;
          const { ctx, chartArea: area, scales } = chart;
          const across = spec.kind === "bars";
          const scale = across ? scales.x : scales.y;
          ctx.save();
          ctx.strokeStyle = css("--ink");
          ctx.lineWidth = 1.5;
          spec.series.forEach((series, s) => {
            if (!series.low.length || !chart.isDatasetVisible(s)) return;
            chart.getDatasetMeta(s).data.forEach((bar, i) => {
              if (series.low[i] == null || series.high[i] == null) return;
              const [a, b] = [scale.getPixelForValue(series.low[i]), scale.getPixelForValue(series.high[i])];
              if (Math.abs(a - b) < 1) return;
              ctx.beginPath();
              if (across) {
                ctx.moveTo(a, bar.y); ctx.lineTo(b, bar.y);
                for (const end of [a, b]) { ctx.moveTo(end, bar.y - 4); ctx.lineTo(end, bar.y + 4); }
              } else {
                ctx.moveTo(bar.x, a); ctx.lineTo(bar.x, b);
              }
              ctx.stroke();
            });
          });
          ctx.setLineDash([5, 4]);
          ctx.strokeStyle = css("--soft");
          ctx.fillStyle = css("--soft");
          ctx.font = "12px " + Chart.defaults.font.family;
          for (const mark of spec.marks) {
            const at = scale.getPixelForValue(mark.value);
            ctx.beginPath();
            if (across) {
              ctx.moveTo(at, area.top); ctx.lineTo(at, area.bottom);
              ctx.stroke();
              ctx.textAlign = "center";
              ctx.fillText(mark.label, at, area.top - 6);
            } else {
              ctx.moveTo(area.left, at); ctx.lineTo(area.right, at);
              ctx.stroke();
              ctx.textAlign = "right";
              ctx.fillText(mark.label, area.right, at - 5);
            }
          }
          ctx.setLineDash([]);
          ctx.strokeStyle = css("--ink");
          for (const moment of spec.moments) {
            const at = scales.x.getPixelForValue(moment);
            ctx.beginPath();
            ctx.moveTo(at, area.bottom); ctx.lineTo(at, area.bottom - 10);
            ctx.stroke();
          }
          ctx.restore();
        },
      };

      const axis = (title, more) => ({
        title: { display: Boolean(title), text: title, color: css("--soft") },
        ticks: { color: css("--soft") },
        grid: { color: css("--rule") },
        ...more,
      });

      const dataset = (spec, series) => {
        const color = tint(series.color);
        if (spec.kind === "lines") {
          return { label: series.name, data: series.points, borderColor: color, backgroundColor: color,
                   borderWidth: 2, pointRadius: 0, pointHitRadius: 8, tension: 0.15 };
        }
        return { label: series.name, data: series.values, backgroundColor: color,
                 grouped: spec.kind !== "bars", maxBarThickness: 22 };
      };

      const draw = () => {
        drawn.splice(0).forEach((chart) => chart.destroy());
        for (const spec of charts) {
          const across = spec.kind === "bars";
          const value = axis(spec.unit, { beginAtZero: true, suggestedMax: spec.maximum ?? undefined });
          const other = spec.kind === "lines" ? axis("seconds", { type: "linear", min: 0 })
            : axis(spec.kind === "columns" ? "worker" : "", { grid: { display: false } });
          if (across) other.ticks.color = css("--ink");
          const digits = { maximumFractionDigits: 1 };
          drawn.push(new Chart(document.getElementById(spec.id), {
            type: spec.kind === "lines" ? "line" : "bar",
            data: { labels: spec.labels, datasets: spec.series.map((series) => dataset(spec, series)) },
            options: {
              spec,
              animation: false,
              maintainAspectRatio: false,
              indexAxis: across ? "y" : "x",
              skipNull: true,
              layout: { padding: { top: spec.marks.length && across ? 18 : 4, right: 12 } },
              interaction: { mode: spec.kind === "lines" ? "nearest" : "index", axis: across ? "y" : "x",
                             intersect: false },
              scales: across ? { x: value, y: other } : { x: other, y: value },
              plugins: {
                legend: { display: spec.series.length > 1 && !across, position: "bottom",
                          labels: { color: css("--ink"), boxWidth: 12, boxHeight: 12 } },
                tooltip: { filter: (item) => item.raw != null, callbacks: { label: (item) =>
                  item.dataset.label + ": " + (across ? item.parsed.x : item.parsed.y).toLocaleString("en", digits)
                  + " " + spec.unit } },
              },
            },
            plugins: [overlay],
          }));
        }
      };
      draw();
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
    })();
    """
}
