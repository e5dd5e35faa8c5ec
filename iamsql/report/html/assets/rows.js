// The rows of a table that are elements. A row is as high as its text, so the heights are known only for rows that were shown.

const BLOCK = 20; // rows that are added and removed together
const PRINTED = 300; // rows of each table on paper

class RowHeights {
  constructor(table) {
    this.table = table;
    this.estimate = 33; // of a row that was not shown
  }

  reset(length) {
    this.length = length;
    this.range = ""; // the blocks that are elements
    this.blocks = new Float64Array(Math.ceil(length / BLOCK)); // 0: not measured
    this.setTotal();
  }

  rowsOf(block) {
    return Math.min(BLOCK, this.length - block * BLOCK);
  }

  height(block) {
    return this.blocks[block] || this.rowsOf(block) * this.estimate;
  }

  // Return the block at a position, and the position at which it begins.
  at(top) {
    let start = 0;
    let block = 0;
    while (block < this.blocks.length - 1 && start + this.height(block) <= top) start += this.height(block++);
    return [block, start];
  }

  startOf(block) {
    let start = 0;
    for (let index = 0; index < block; index += 1) start += this.height(index);
    return start;
  }

  setTotal() {
    const total = this.startOf(this.blocks.length);
    this.table.body.style.height = `${total}px`;
    this.table.grid.style.setProperty("--content", `${total}px`);
  }

  draw() {
    const { grid, body } = this.table;
    const [first, start] = this.at(Math.max(0, grid.scrollTop - 200));
    const [last] = this.at(grid.scrollTop + grid.clientHeight + 200);
    if (this.range === `${first}-${last}`) return; // the same elements stay, so that a click and the focus stay with them
    this.range = `${first}-${last}`;
    const rows = [];
    for (let index = first * BLOCK; index < Math.min(this.length, (last + 1) * BLOCK); index += 1) rows.push(this.table.row(index));
    body.replaceChildren(...rows);
    body.style.setProperty("--first", `${start}px`);
    let moved = 0; // by what blocks above the window are higher or lower than they were taken to be
    const [visible] = this.at(grid.scrollTop);
    for (let block = first; block <= last && block < this.blocks.length; block += 1) {
      const elements = rows.slice((block - first) * BLOCK, (block - first) * BLOCK + this.rowsOf(block));
      const height = elements.at(-1).offsetTop + elements.at(-1).offsetHeight - elements[0].offsetTop;
      if (height && block < visible) moved += height - this.height(block);
      if (height) this.blocks[block] = height;
    }
    this.setTotal();
    if (Math.abs(moved) > 1) grid.scrollTop += moved;
  }

  // Scroll as little as possible to show a row.
  show(index) {
    const { grid } = this.table;
    const block = Math.floor(index / BLOCK);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const element = this.table.element(index);
      if (!element) {
        grid.scrollTop = this.startOf(block) + (index % BLOCK) * this.estimate;
        this.table.draw();
        continue;
      }
      const head = this.table.head.offsetHeight;
      const top = element.offsetTop + this.table.body.offsetTop - head;
      const bottom = top + element.offsetHeight + head;
      if (top < grid.scrollTop) grid.scrollTop = top;
      else if (bottom > grid.scrollTop + grid.clientHeight) grid.scrollTop = bottom - grid.clientHeight;
    }
  }
}

// On paper, rows replace the scrolling list: of findings the critical and high alarms, whatever the filters are.
const printTable = (table) => {
  table.isPrinting = true;
  const columns = ["severity", "status"].map((key) => table.rows.byKey.get(key));
  const isUrgent = (row) => ["critical", "high"].includes(columns[0].value(row)) && columns[1].value(row) === "alarm";
  table.positions = table.id === "findings" ? table.rows.select({}, "").filter(isUrgent) : table.rows.select({}, "");
  const shown = Math.min(table.positions.length, PRINTED);
  table.body.replaceChildren(...Array.from({ length: shown }, (_, index) => table.row(index)));
  const values = { shown: count(shown), all: count(table.positions.length), total: count(table.rows.length) };
  const isComplete = shown === table.positions.length;
  table.status.textContent = phrase(table.id === "findings" ? "printed_findings" : isComplete ? "shown" : "printed", values);
};

const printed = (table) => {
  table.isPrinting = false;
  table.update();
};
