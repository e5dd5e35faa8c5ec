// A table of any length: only the visible rows are elements. It sorts, searches, filters, and downloads as CSV.

const ROW_HEIGHT = 32;
const PRINTED = 1000; // rows of each table on paper

class Table {
  constructor(section, spec, data) {
    this.id = spec.id;
    this.spec = spec;
    this.rows = new Rows(spec, data.accounts, CONTROLS);
    this.shown = this.rows.columns.filter((column) => !column.hidden);
    this.active = 0;
    this.build(section);
    this.restore();
  }

  build(section) {
    const columns = this.shown.map((column) => column.width).join(" ");
    this.status = make("p", { class: "count", role: "status" });
    this.body = make("div", { class: "rows", role: "rowgroup" });
    this.head = make("div", { class: "row head", role: "row", "aria-rowindex": 1 }, ...this.shown.map((column) => this.header(column)));
    this.grid = make(
      "div",
      {
        class: `grid ${this.id}`, role: "grid", tabindex: 0, "aria-label": this.spec.title, "aria-colcount": this.shown.length,
        onkeydown: (event) => this.key(event), onscroll: () => this.draw(), onclick: (event) => this.click(event),
      },
      make("div", { role: "rowgroup", class: "heads" }, this.head),
      this.body,
    );
    this.grid.style.setProperty("--columns", columns);
    this.grid.style.setProperty("--minimum", this.spec.minimum);
    section.append(this.toolbar(), this.status, this.grid);
    new ResizeObserver(() => this.draw()).observe(this.grid);
  }

  header(column) {
    const button = make("button", { type: "button", onclick: () => this.sortBy(column.key), text: column.label });
    return make("div", { role: "columnheader", class: `cell kind-${column.kind}`, "data-key": column.key }, button);
  }

  toolbar() {
    this.search = make("input", {
      type: "search", placeholder: PHRASES.search, "aria-label": `${PHRASES.search}: ${this.spec.title}`, oninput: () => this.changed(),
    });
    this.filters = this.spec.filters.map((key) => {
      const column = this.rows.byKey.get(key);
      const words = column.scale ?? column.distinct();
      const text = (value) => (column.kind === "control" ? (CONTROLS[value]?.title ?? value) : asText(column, value));
      const options = words.map((value) => make("option", { value: String(value), text: text(value) }));
      const all = make("option", { value: "", text: `${column.label}: ${PHRASES.all}` });
      const select = make("select", { "aria-label": `${column.label}: ${this.spec.title}`, onchange: () => this.changed() }, all, ...options);
      return [key, select];
    });
    const clear = make("button", { type: "button", onclick: () => this.clear(), text: PHRASES.clear });
    const download = make("button", { type: "button", onclick: () => this.download(), text: PHRASES.download });
    return make("div", { class: "toolbar", role: "group", "aria-label": this.spec.title }, this.search, ...this.filters.map(([, select]) => select), clear, download);
  }

  // Take the settings of the address.
  restore() {
    const { q = "", sort = this.spec.sort, ...filters } = address.of(this.id);
    this.search.value = q;
    for (const [key, select] of this.filters) {
      select.value = filters[key] ?? "";
      if (select.selectedIndex < 0) select.value = "";
    }
    this.order = this.rows.byKey.has(sort.replace(/^-/, "")) ? sort : this.spec.sort;
    this.update();
  }

  changed() {
    const filters = Object.fromEntries(this.filters.map(([key, select]) => [key, select.value]));
    address.set(this.id, { q: this.search.value, sort: this.order === this.spec.sort ? "" : this.order, ...filters });
    this.update();
  }

  clear() {
    this.search.value = "";
    for (const [, select] of this.filters) select.value = "";
    this.changed();
  }

  sortBy(key) {
    this.order = this.order === key ? `-${key}` : key;
    this.changed();
  }

  update() {
    const filters = Object.fromEntries(this.filters.filter(([, select]) => select.value).map(([key, select]) => [key, select.value]));
    const selected = this.rows.select(filters, this.search.value);
    const key = this.order.replace(/^-/, "");
    this.positions = this.order ? this.rows.sort(selected, key, this.order.startsWith("-")) : selected;
    for (const cell of this.head.children) {
      const direction = this.order.startsWith("-") ? "descending" : "ascending";
      if (cell.dataset.key === key) cell.setAttribute("aria-sort", direction);
      else cell.removeAttribute("aria-sort");
    }
    this.status.textContent = phrase("shown", { shown: count(this.positions.length), all: count(this.rows.length) });
    this.grid.setAttribute("aria-rowcount", this.positions.length + 1);
    this.grid.style.setProperty("--count", this.positions.length);
    this.body.style.height = `${this.positions.length * ROW_HEIGHT}px`;
    this.active = 0;
    this.grid.scrollTop = 0;
    this.draw();
  }

  draw() {
    if (this.isPrinting) return;
    const first = Math.max(0, Math.floor(this.grid.scrollTop / ROW_HEIGHT) - 5);
    const last = Math.min(this.positions.length, first + Math.ceil(this.grid.clientHeight / ROW_HEIGHT) + 10);
    const rows = [];
    for (let index = first; index < last; index += 1) rows.push(this.row(index));
    this.body.replaceChildren(...rows);
    this.body.style.setProperty("--first", `${first * ROW_HEIGHT}px`);
    const active = this.positions.length && this.active >= first && this.active < last;
    if (active) this.grid.setAttribute("aria-activedescendant", `${this.id}-${this.active}`);
    else this.grid.removeAttribute("aria-activedescendant");
  }

  row(index) {
    const row = this.positions[index];
    const cells = this.shown.map((column) => {
      const value = column.value(row);
      return make("div", { role: "gridcell", class: `cell kind-${column.kind}`, title: visible(asText(column, value)) }, this.cell(column, value, row));
    });
    const classes = index === this.active ? "row active" : "row";
    return make("div", { role: "row", class: classes, id: `${this.id}-${index}`, "aria-rowindex": index + 2, "data-index": index }, ...cells);
  }

  cell(column, value, row) {
    return linked(this.content(column, value, row), principalOf(this.id, column, value, (key) => this.rows.byKey.get(key)?.value(row)));
  }

  content(column, value, row) {
    const ident = column.key === "name" ? this.rows.byKey.get("ident")?.value(row) : null;
    if (column.key === "name" && value === "") return cellOf(column, PHRASES.whole_account);
    return cellOf(column, ident ? `${value} ${ident}` : value);
  }

  values(row) {
    return Object.fromEntries(this.rows.columns.map((column) => [column.key, column.value(row)]));
  }

  click(event) {
    const element = event.target.closest(".row:not(.head)");
    if (!element || event.target.closest("a, button")) return;
    this.move(Number(element.dataset.index));
    this.open();
  }

  open() {
    if (this.positions.length) showDetails(this, this.positions[this.active]);
  }

  key(event) {
    const page = Math.max(1, Math.floor(this.grid.clientHeight / ROW_HEIGHT) - 2);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.target !== this.grid || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in steps) this.move(this.active + steps[event.key]);
    else if (event.key === "Enter") this.open();
    else return;
    event.preventDefault();
  }

  move(index) {
    this.active = Math.min(Math.max(index, 0), Math.max(this.positions.length - 1, 0));
    const top = this.active * ROW_HEIGHT;
    const room = this.grid.clientHeight - 2 * ROW_HEIGHT;
    if (top < this.grid.scrollTop) this.grid.scrollTop = top;
    else if (top > this.grid.scrollTop + room) this.grid.scrollTop = top - room;
    this.draw();
  }

  // Show a row, whatever the filters are.
  find(accepts) {
    for (let row = 0; row < this.rows.length; row += 1) {
      if (!accepts(row)) continue;
      let index = this.positions.indexOf(row);
      if (index < 0) {
        this.clear();
        index = this.positions.indexOf(row);
      }
      this.move(index);
      return row;
    }
    return -1;
  }

  download() {
    const columns = this.rows.columns.filter((column) => !column.internal);
    const lines = [columns.map((column) => column.key), ...Array.from(this.positions, (row) => columns.map((column) => column.value(row)))];
    saveCsv(this.id, lines);
  }

  // On paper, the rows of the present selection replace the scrolling list.
  print() {
    this.isPrinting = true;
    const rows = Array.from({ length: Math.min(this.positions.length, PRINTED) }, (_, index) => this.row(index));
    this.body.replaceChildren(...rows);
    if (this.positions.length > PRINTED) {
      this.status.textContent = phrase("printed", { shown: count(PRINTED), all: count(this.positions.length) });
    }
  }
}

const saveCsv = (name, lines) => {
  const text = lines.map((line) => line.map(csvField).join(",")).join("\r\n");
  const url = URL.createObjectURL(new Blob(["\ufeff", text, "\r\n"], { type: "text/csv;charset=utf-8" }));
  make("a", { href: url, download: `iamsql-${name}-${RUN}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
};

// The patterns are those of iamsql/escaping.py: a spreadsheet would evaluate such a text as a formula.
const csvField = (value) => {
  if (value === null) return "";
  let text = String(value);
  if (typeof value === "string" && FORMULA.sign.test(text) && !FORMULA.number.test(text)) {
    text = text.replace(FORMULA.part, (_, start = "", lead = "", other = "", rest = "") => `${start}${other}'${lead}${rest}`);
  }
  return /[",\r\n]/.test(text) || text === "" ? `"${text.replaceAll('"', '""')}"` : text;
};
