// What every part of the page uses: making elements, and asking the sandbox.

export const byId = (id) => document.getElementById(id);

export function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/** Return whether the sandbox agreed, and what it said. */
export async function api(path, asked) {
  const options = asked === undefined ? {} : {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(asked),
  };
  const answer = await fetch(`/handset/api/${path}`, options);
  return [answer.ok, await answer.json()];
}

/** A number that is not written to its end is not asked about. */
export const isNumber = (msisdn) => /^\+[1-9][0-9]{7,14}$/.test(msisdn);
