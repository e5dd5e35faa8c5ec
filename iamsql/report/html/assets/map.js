// The map of accounts and control families: each cell has the worst status, and leads to its findings.

class MapTable extends Table {
  cell(column, value, row) {
    if (column.kind !== "tile") return super.cell(column, value, row);
    const family = column.key.replace(/^family\./, "");
    // The value is the worst status and the number of results with this status, such as "alarm 3".
    const [status, number = ""] = (value ?? "").split(" ");
    if (!status) return make("span", { class: "tile none", text: "–", title: PHRASES.no_result });
    const account = this.rows.byKey.get("account").value(row);
    const href = address.link("findings", { account, family, ...(status in LISTED ? { status } : {}) });
    const words = `${account}, ${column.label}: ${PHRASES[`word.${status}`]}`;
    const text = status === "skip" ? "–" : SYMBOLS[status] + number;
    const link = make("a", { class: `tile ${status}`, href, title: visible(words), text, tabindex: -1, "data-label": column.label });
    link.append(make("span", { class: "unseen", text: ` ${words}` }));
    return link;
  }

  open() {
    if (!this.positions.length) return;
    const account = this.rows.byKey.get("account").value(this.positions[this.active]);
    location.hash = address.link("findings", { account });
  }
}

// Only results with these statuses are listed as findings.
const LISTED = { alarm: true, error: true, muted: true, info: true };
const SYMBOLS = { alarm: "", error: "? ", muted: "– ", info: "i ", ok: "✓ " };
