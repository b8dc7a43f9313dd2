/**
 * Searches and filters the table of table.ts. The page is whole without it. What is chosen stands in the address after
 * the `#`, as `q=p4&release=15*`, so that a view can be linked to; `*` at the end stands for all that begin so. Choices
 * are taken from the table itself: they cannot offer what is not there. Text is only ever read and compared, never put
 * into the page as markup.
 */
export const FILTER_SCRIPT = `
(() => {
  'use strict';
  const form = document.getElementById('filters');
  const table = document.getElementById('table');
  const told = document.getElementById('told');
  const permalink = document.getElementById('permalink');
  const nothing = document.getElementById('nothing');
  const selects = [...form.querySelectorAll('select')];
  const order = new Intl.Collator('en', { numeric: true });

  const valuesOf = (row, head, select) => {
    const given = row.dataset[select.name];
    if (given !== undefined) return given.split('|');
    const from = select.dataset.from;
    const found = row.querySelector(from) || head.querySelector(from);
    return [found ? found.textContent.trim() : 'not told'];
  };

  const groups = [...table.tBodies].map((body) => {
    const [head, ...lines] = body.rows;
    const about = head.textContent;
    const rows = lines.map((row) => ({
      row,
      text: (about + ' ' + row.textContent).toLowerCase(),
      counts: row.cells.length > 1,
      values: selects.map((select) => valuesOf(row, head, select)),
    }));
    return { body, rows };
  });
  const total = groups.reduce((sum, { rows }) => sum + rows.filter(({ counts }) => counts).length, 0);

  const fill = (select, index) => {
    const { group, newestFirst } = select.dataset;
    const sign = newestFirst === undefined ? 1 : -1;
    const values = new Set();
    for (const { rows } of groups) for (const { values: own } of rows) for (const value of own[index]) values.add(value);
    const shared = new Map();
    for (const value of [...values].sort((a, b) => sign * order.compare(a, b))) {
      const key = (group && (value.match(new RegExp(group)) || [])[0]) || value;
      shared.set(key, [...(shared.get(key) || []), value]);
    }
    for (const [key, own] of shared) {
      if (own.some((value) => value !== key)) select.add(new Option(key + ' (any)', key + '*'));
      for (const value of own) select.add(new Option(value, value));
    }
  };
  selects.forEach(fill);

  const fits = (own, wanted) =>
    own.some((value) => (wanted.endsWith('*') ? value.startsWith(wanted.slice(0, -1)) : value === wanted));

  const chosen = () => {
    const state = new URLSearchParams();
    for (const { name, value } of [form.elements.q, ...selects]) if (value.trim() !== '') state.set(name, value.trim());
    return state;
  };

  const apply = (unknown = []) => {
    const state = chosen();
    const words = (state.get('q') || '').toLowerCase().split(/\\s+/);
    const wanted = selects.map(({ name }) => state.get(name));
    let count = 0;
    let any = false;
    for (const { body, rows } of groups) {
      let shown = 0;
      for (const { row, text, counts, values } of rows) {
        const keep =
          words.every((word) => text.includes(word)) &&
          wanted.every((value, i) => value === null || fits(values[i], value));
        row.hidden = !keep;
        shown += keep;
        count += keep && counts;
      }
      body.hidden = shown === 0;
      any = any || shown > 0;
    }
    const all = String(state) === '';
    const missing = unknown.length > 0 ? '; not in the table: ' + unknown.join(', ') : '';
    told.textContent = (all ? total : count + ' of ' + total) + ' ' + form.dataset.unit + missing;
    nothing.hidden = any;
    table.hidden = !any;
    permalink.href = '#' + state;
  };

  const read = () => {
    const hash = location.hash.slice(1);
    if (hash !== '' && !hash.includes('=')) return apply();
    const state = new URLSearchParams(hash);
    const unknown = [];
    form.elements.q.value = state.get('q') || '';
    for (const select of selects) {
      const value = state.get(select.name) || '';
      const known = [...select.options].some((option) => option.value === value);
      select.value = known ? value : '';
      if (!known) unknown.push(value);
    }
    apply(unknown);
  };

  let timer;
  const changed = () => {
    apply();
    clearTimeout(timer);
    timer = setTimeout(() => {
      const state = String(chosen());
      history.replaceState(null, '', state === '' ? location.pathname + location.search : '#' + state);
    }, 200);
  };
  form.addEventListener('input', changed);
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('reset', () => setTimeout(changed));
  addEventListener('hashchange', read);
  form.hidden = false;
  read();
  const more = document.getElementById('more');
  const narrow = matchMedia('(max-width: 40rem)');
  const fold = () => {
    more.open = !narrow.matches || selects.some(({ value }) => value !== '');
  };
  narrow.addEventListener('change', fold);
  fold();
})();
`;
