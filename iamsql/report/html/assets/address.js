// Keep the state of the page in the fragment of the address, so that a link shows the same rows: #findings.q=key&users.sort=-age

const address = {
  read() {
    return new URLSearchParams(location.hash.slice(1));
  },

  write(change) {
    const state = this.read();
    change(state);
    const text = state.toString();
    // Without an entry in the history for each letter of a search.
    history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
  },

  // Return the settings of a table: {q, sort, account …}.
  of(table) {
    const prefix = `${table}.`;
    const entries = [...this.read()].filter(([key]) => key.startsWith(prefix));
    return Object.fromEntries(entries.map(([key, value]) => [key.slice(prefix.length), value]));
  },

  set(table, settings) {
    this.write((state) => {
      for (const key of [...state.keys()]) if (key.startsWith(`${table}.`)) state.delete(key);
      for (const [key, value] of Object.entries(settings)) if (value) state.set(`${table}.${key}`, value);
    });
  },

  // Return a link to other settings of a table.
  link(table, settings) {
    const state = new URLSearchParams(Object.entries(settings).map(([key, value]) => [`${table}.${key}`, value]));
    state.set("section", table);
    return `#${state}`;
  },
};
