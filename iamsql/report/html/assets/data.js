// Decode the data of the page: tables by column, in which a repeated value stands once.

const readData = async () => {
  const element = document.getElementById("data");
  const text = element.textContent;
  element.remove();
  if (element.dataset.encoding !== "gzip") return JSON.parse(text);
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
};

class Column {
  // `data` has the values of the rows in `v` or, with `c`, the distinct values in `v` and their positions in `c`.
  constructor(spec, data, length) {
    Object.assign(this, spec);
    this.values = data.v;
    this.codes = data.c ? (data.v.length < 65536 ? Uint16Array : Uint32Array).from(data.c) : null;
    this.length = length;
  }

  value(row) {
    return this.values[this.codes ? this.codes[row] : row];
  }

  // A filter on another property of this column's values, such as the organizational unit of an account.
  derived(spec, mapping) {
    const column = Object.create(this);
    return Object.assign(column, spec, { ranks: null, values: this.values.map((value) => mapping[value] ?? null) });
  }

  distinct() {
    return [...new Set(this.values)].filter((value) => value !== null).sort(compareValues);
  }

  // Return for each value whether `accepts` holds.
  matches(accepts) {
    return Uint8Array.from(this.values, (value) => (accepts(value) ? 1 : 0));
  }

  // Return the position of each value in the order of the column: ranks[code], equal for equal values.
  order() {
    if (!this.ranks) {
      const rankOf = this.scale ? new Map(this.scale.map((word, index) => [word, index])) : null;
      const key = (value) => (rankOf ? (rankOf.get(value) ?? rankOf.size) : value);
      const sorted = [...this.values.keys()].sort((a, b) => compareValues(key(this.values[a]), key(this.values[b])));
      this.ranks = new Uint32Array(this.values.length);
      let rank = 0;
      sorted.forEach((position, index) => {
        if (index && compareValues(key(this.values[sorted[index - 1]]), key(this.values[position]))) rank += 1;
        this.ranks[position] = rank;
      });
    }
    return this.ranks;
  }
}

// The ARN of a resource: its beginning, in which {account} stands for the account's ID, and its name.
class ResourceColumn {
  constructor(spec, rows, accounts) {
    Object.assign(this, spec, { rows, accounts });
  }

  value(row) {
    const [prefix, name, account] = ["prefix", "name", "account"].map((key) => this.rows.byKey.get(key).value(row));
    return prefix.replace("{account}", this.accounts[account]?.id ?? "") + name;
  }
}

// Unknown values (null) come last, numbers by size, texts by code unit, which is fast and the same in every language.
const compareValues = (a, b) => {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? 1 : -1;
  return a < b ? -1 : 1;
};

class Rows {
  constructor(spec, accounts, controls) {
    this.length = spec.rows;
    this.columns = spec.columns.map((column, index) => new Column(column, spec.data[index], spec.rows));
    this.byKey = new Map(this.columns.map((column) => [column.key, column]));
    this.stored = this.columns;
    if (this.byKey.has("prefix")) {
      const resource = new ResourceColumn({ key: "resource", label: PHRASES["column.resource"], hidden: true }, this, accounts);
      this.columns = [...this.columns, resource];
      this.byKey.set("resource", resource);
    }
    const derive = (key, from, mapping) => {
      const column = this.byKey.get(from);
      if (column) this.byKey.set(key, column.derived({ key, label: PHRASES[key], kind: key === "family" ? "family" : "text" }, mapping));
    };
    derive("ou", "account", Object.fromEntries(Object.entries(accounts).map(([name, facts]) => [name, facts.ou])));
    derive("family", "control", Object.fromEntries(Object.entries(controls).map(([name, facts]) => [name, facts.family])));
  }

  // Return the rows that have every value of `filters` and contain every word of `search`, as positions.
  select(filters, search) {
    const tests = [];
    for (const [key, wanted] of Object.entries(filters)) {
      const column = this.byKey.get(key);
      if (column) tests.push([column.codes, column.matches((value) => String(value) === wanted)]);
    }
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    const found = words.map((word) =>
      this.stored.map((column) => [column.codes, column.matches((value) => searchable(value).includes(word))]),
    );
    const rows = new Uint32Array(this.length);
    let count = 0;
    for (let row = 0; row < this.length; row += 1) {
      const holds = ([codes, accepted]) => accepted[codes ? codes[row] : row];
      if (tests.every(holds) && found.every((columns) => columns.some(holds))) rows[count++] = row;
    }
    return rows.subarray(0, count);
  }

  // Sort positions by a column, stably, with unknown values last: a counting sort over the ranks of the values.
  sort(rows, key, descending) {
    const column = this.byKey.get(key);
    const ranks = column.order();
    const rankOf = (row) => ranks[column.codes ? column.codes[row] : row];
    const counts = new Uint32Array(column.values.length);
    for (const row of rows) counts[rankOf(row)] += 1;
    const order = [...counts.keys()];
    const missing = column.values.indexOf(null);
    const last = missing < 0 ? counts.length : ranks[missing];
    const sequence = descending ? [...order.slice(0, last).reverse(), ...order.slice(last)] : order;
    const next = new Uint32Array(counts.length);
    sequence.reduce((start, rank) => {
      next[rank] = start;
      return start + counts[rank];
    }, 0);
    const sorted = new Uint32Array(rows.length);
    for (const row of rows) sorted[next[rankOf(row)]++] = row;
    return sorted;
  }
}

const searchable = (value) => (value === null ? "" : String(value).toLowerCase());
