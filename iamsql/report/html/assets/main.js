// Start: read the data, build the tables, follow the address.

let PHRASES, CONTROLS, ACCOUNTS, RUN, FORMULA;

const start = async () => {
  const data = await readData();
  PHRASES = data.phrases;
  CONTROLS = readControls(data.controls);
  ACCOUNTS = data.accounts;
  RUN = data.run;
  const [part, number, sign] = [data.formula.part, data.formula.number, data.formula.sign];
  FORMULA = { part: new RegExp(part, "gu"), number: new RegExp(`^(?:${number})$`, "u"), sign: new RegExp(sign, "u") };
  const tables = new Map();
  for (const spec of data.tables) {
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

// Return the facts of each control by name: the texts are in the markup, families and parameters in the data.
const readControls = (facts) => {
  for (const element of document.querySelectorAll(".control")) {
    const control = facts[element.dataset.control];
    if (!control || control.title) continue;
    control.title = element.querySelector(".title").textContent;
    control.about = element.querySelector(".about").textContent;
    control.fixes = element.querySelector("code")?.textContent.split("\n") ?? [];
  }
  return facts;
};

// Show the controls of a status and severity that contain a text.
const setUpControls = () => {
  const section = document.getElementById("controls");
  const inputs = [...section.querySelectorAll("[data-filter]")];
  const settings = address.of("controls");
  for (const input of inputs) input.value = settings[input.dataset.filter] ?? "";
  const update = () => {
    const wanted = Object.fromEntries(inputs.map((input) => [input.dataset.filter, input.value]));
    for (const row of section.querySelectorAll(".control")) {
      const text = row.querySelector("summary").textContent.toLowerCase();
      row.hidden = !(
        (!wanted.status || row.dataset.status === wanted.status) &&
        (!wanted.severity || row.dataset.severity === wanted.severity) &&
        text.includes(wanted.q.toLowerCase())
      );
    }
    for (const group of section.querySelectorAll(".group")) group.hidden = !group.querySelector(".control:not([hidden])");
    address.set("controls", wanted);
  };
  for (const input of inputs) input.addEventListener("input", update);
  if (Object.keys(settings).length) update();
};

start().catch((error) => {
  document.getElementById("notice").textContent = document.getElementById("notice").dataset.failed;
  throw error;
});
