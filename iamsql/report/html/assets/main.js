// Start: read the data, build the tables, follow the address.

let PHRASES, CONTROLS, ACCOUNTS, RUN, FORMULA;

const start = async () => {
  const data = await readData();
  PHRASES = data.phrases;
  CONTROLS = readControls(data.controls);
  ACCOUNTS = data.accounts;
  RUN = data.run;
  readPrincipals(data.tables.find((table) => table.id === "principals"));
  const [part, number, sign] = [data.formula.part, data.formula.number, data.formula.sign];
  FORMULA = { part: new RegExp(part, "gu"), number: new RegExp(`^(?:${number})$`, "u"), sign: new RegExp(sign, "u") };
  const tables = new Map();
  // A table without columns was not collected: its section has a note.
  for (const spec of data.tables.filter((table) => table.columns.length)) {
    const section = document.querySelector(`[data-table="${spec.id}"]`);
    tables.set(spec.id, new (spec.id === "map" ? MapTable : Table)(section, spec, data));
  }
  setUpControls();
  setUpDetails(tables);
  const follow = () => {
    for (const table of tables.values()) table.restore();
    const section = document.getElementById(address.read().get("section") ?? location.hash.slice(1));
    section?.scrollIntoView();
  };
  addEventListener("hashchange", follow);
  follow();
  addEventListener("beforeprint", () => tables.forEach((table) => table.print()));
  addEventListener("afterprint", () => {
    for (const table of tables.values()) {
      table.isPrinting = false;
      table.update();
    }
  });
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
