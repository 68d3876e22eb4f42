// The words of a page in each language of the country: asked for once, so that changing the language needs no network.

// {language: words}; a language whose words cannot be had is left out. `more`: the folder of a page's own words.
export async function wordsOf(languages, more = '') {
  const found = await Promise.all(languages.map(({ code }) => of(code, more)));
  return Object.fromEntries(languages.map(({ code }, at) => [code, found[at]]).filter(([, words]) => words));
}

async function of(code, more) {
  try {
    const folders = ['/web/words', more].filter(Boolean);
    const answers = await Promise.all(folders.map((folder) => fetch(`${folder}/${code}.json`)));
    if (!answers.every((answer) => answer.ok)) return null;
    return Object.assign({}, ...(await Promise.all(answers.map((answer) => answer.json()))));
  } catch {
    return null;
  }
}
