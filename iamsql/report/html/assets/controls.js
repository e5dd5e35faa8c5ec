// The list of controls, which is markup: texts for the details of findings, filters, addresses, and a CSV file.

// Return the data of each control by name: the texts are in the markup.
const readControls = (controls) => {
  for (const element of document.querySelectorAll(".control")) {
    const control = controls[element.dataset.control];
    if (!control || control.title) continue;
    control.title = element.querySelector(".title").textContent;
    control.severity = element.dataset.severity;
    control.markup = element.querySelector(".about");
    control.number = element.querySelector(".number").textContent;
    control.page = element.querySelector(".links a[rel]")?.href ?? null;
  }
  return controls;
};

// Show the controls of a status and severity that contain a text, in open groups.
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
    const isFiltered = Object.values(wanted).some(Boolean);
    for (const group of section.querySelectorAll(".group")) {
      group.hidden = !group.querySelector(".control:not([hidden])");
      group.open = isFiltered && !group.hidden;
    }
    address.set("controls", wanted);
  };
  for (const input of inputs) input.addEventListener("input", update);
  section.querySelector(".toolbar").append(make("button", { type: "button", text: PHRASES.download, onclick: () => saveControls(section) }));
  if (Object.keys(settings).length) update();
};

// Open the control of the address, and scroll to it.
const showControl = (name) => {
  const element = document.getElementById(`control-${name}`);
  if (!element) {
    document.getElementById("notice").textContent = PHRASES.no_control;
    return;
  }
  element.hidden = element.closest(".group").hidden = false;
  element.closest(".group").open = true;
  element.open = true;
  element.scrollIntoView();
  element.querySelector("summary").focus({ preventScroll: true });
};

// Write the controls that are shown as CSV, with the number of results by status.
const saveControls = (section) => {
  const statuses = ["alarm", "error", "muted", "info", "skip", "ok"];
  const lines = [...section.querySelectorAll(".control:not([hidden])")].map((row) => {
    const text = (selector) => row.querySelector(selector).textContent.trim();
    const results = new Map([...row.querySelectorAll(".results b")].map((number) => [number.className, Number(number.dataset.count)]));
    const head = [row.closest(".benchmark").dataset.benchmark, text(".number"), row.dataset.control, text(".title"), row.dataset.severity];
    return [...head, ...statuses.map((status) => results.get(status) ?? 0)];
  });
  saveCsv("controls", [["benchmark", "id", "control", "title", "severity", ...statuses], ...lines]);
};
