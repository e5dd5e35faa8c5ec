// Start: read the data, build the tables, follow the address.

let PHRASES, CONTROLS, ACCOUNTS, RUN, FORMULA;

const start = async () => {
  const data = await readData();
  PHRASES = data.phrases;
  CONTROLS = readControls(data.controls);
  ACCOUNTS = data.accounts;
  RUN = data.run;
  readPrincipals(data.principals, data);
  const [part, number, sign] = [data.formula.part, data.formula.number, data.formula.sign];
  FORMULA = { part: new RegExp(part, "gu"), number: new RegExp(`^(?:${number})$`, "u"), sign: new RegExp(sign, "u") };
  const tables = new Map();
  // A table without columns was not collected: its section has a note.
  for (const spec of data.tables.filter((table) => table.columns.length)) {
    const section = document.querySelector(`[data-table="${spec.id}"]`);
    tables.set(spec.id, new (spec.id === "map" ? MapTable : Table)(section, spec, data));
  }
  setUpControls();
  for (const code of document.querySelectorAll("#first pre code")) code.closest("pre").append(copyButton(code));
  setUpSearch(tables);
  const follow = () => {
    for (const table of tables.values()) table.restore();
    const state = address.read();
    const filtered = [...state.keys()].map((key) => key.split(".")).find(([id, name]) => name && tables.has(id))?.[0];
    const plain = location.hash.slice(1).split(/[=&.]/)[0];
    document.getElementById(state.get("section") ?? filtered ?? plain)?.scrollIntoView();
  };
  addEventListener("hashchange", follow);
  follow();
  setUpDetails(tables); // after the tables follow the address
  const onPaper = ["map", "findings", "skipped"].map((id) => tables.get(id)).filter(Boolean);
  addEventListener("beforeprint", () => onPaper.forEach(printTable));
  addEventListener("afterprint", () => onPaper.forEach(printed));
  for (const link of document.querySelectorAll("nav a")) {
    // The address keeps the filters of the tables.
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const id = link.getAttribute("href").slice(1);
      address.write((state) => state.set("section", id));
      document.getElementById(id).scrollIntoView();
      document.getElementById(id).querySelector("h2").focus({ preventScroll: true });
    });
  }
  document.documentElement.dataset.ready = "true";
};

start().catch((error) => {
  document.getElementById("notice").textContent = document.getElementById("notice").dataset.failed;
  throw error;
});
