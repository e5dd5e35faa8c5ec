// A table of any length: only the rows near the window are elements. It sorts, searches, filters, and downloads as CSV.

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
    section.append(this.toolbar(), this.grid);
    this.heights = new RowHeights(this);
    new ResizeObserver(() => this.resized()).observe(this.grid);
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
      const text = (value) => capital(column.kind === "control" ? (CONTROLS[value]?.title ?? value) : asText(column, value), column);
      const options = words.map((value) => make("option", { value: String(value), text: text(value) }));
      const all = make("option", { value: "", text: PHRASES.all });
      const select = make("select", { "aria-label": `${column.label}: ${this.spec.title}`, onchange: () => this.changed() }, all, ...options);
      return [key, select, column.label];
    });
    const labels = this.filters.map(([, select, label]) => make("label", { text: label }, select));
    const clear = make("button", { type: "button", onclick: () => this.clear(), text: PHRASES.clear });
    const download = make("button", { type: "button", onclick: () => this.download(), text: PHRASES.download });
    return make("div", { class: "toolbar", role: "group", "aria-label": this.spec.title }, this.search, ...labels, clear, download, this.status);
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
    this.heights.reset(this.positions.length);
    this.active = 0;
    this.grid.scrollTop = 0;
    this.draw();
  }

  // The width decides in how many lines a cell wraps.
  resized() {
    if (this.width !== this.grid.clientWidth) {
      this.width = this.grid.clientWidth;
      this.heights.reset(this.positions.length);
    }
    this.draw();
  }

  draw() {
    if (this.isPrinting) return;
    this.heights.draw();
    const element = this.element(this.active);
    if (element) this.grid.setAttribute("aria-activedescendant", element.id);
    else this.grid.removeAttribute("aria-activedescendant");
  }

  element(index) {
    return this.body.querySelector(`[data-index="${index}"]`);
  }

  row(index) {
    const row = this.positions[index];
    const cells = this.shown.map((column) => {
      const value = column.value(row);
      const empty = value === null && !column.unknown ? " empty" : "";
      const properties = { role: "gridcell", class: `cell kind-${column.kind}${empty}`, "data-label": column.label };
      return make("div", properties, this.cell(column, value, row));
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
    const page = Math.max(1, Math.floor(this.grid.clientHeight / this.heights.estimate) - 2);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.target !== this.grid || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in steps) this.move(this.active + steps[event.key]);
    else if (event.key === "Enter") this.open();
    else return;
    event.preventDefault();
  }

  move(index) {
    this.active = Math.min(Math.max(index, 0), Math.max(this.positions.length - 1, 0));
    this.heights.show(this.active);
    this.draw();
    for (const element of this.body.querySelectorAll(".row")) element.classList.toggle("active", Number(element.dataset.index) === this.active);
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
}
