/* The visitor's own zone, where the page does not know it yet. */
for (const select of document.querySelectorAll('select[data-guess]')) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone) continue;
  select.value = zone;
  if (select.value !== zone) select.add(new Option(zone.split('/').pop().replace(/_/g, ' '), zone, true, true), 0);
}

/* Categories are found by typing, and counted by archive. */
for (const field of document.querySelectorAll('[data-categories]')) {
  const filter = field.querySelector('.filter'), input = filter.querySelector('input'), none = filter.querySelector('[data-none]');
  const archives = [...field.querySelectorAll('details')];
  const plain = (text) => text.toLowerCase().normalize('NFD').replace(/[\u0300-\u036f]/g, '');
  filter.hidden = false;
  input.addEventListener('input', () => {
    const wanted = plain(input.value.trim());
    let found = 0;
    for (const archive of archives) {
      const whole = plain(archive.querySelector('summary').textContent).includes(wanted);
      let here = 0;
      for (const item of archive.querySelectorAll('li')) {
        item.hidden = !whole && !plain(item.textContent).includes(wanted);
        here += !item.hidden;
      }
      archive.hidden = here === 0;
      archive.open = wanted !== '' && here > 0;
      found += here;
    }
    none.hidden = found > 0;
  });
  input.addEventListener('keydown', (event) => { if (event.key === 'Enter') event.preventDefault(); });
  const count = () => {
    for (const archive of archives) archive.querySelector('[data-count]').textContent = archive.querySelectorAll(':checked').length || '';
  };
  field.addEventListener('change', count);
  count();
}

/* What the digest would be, as one types. */
for (const form of document.querySelectorAll('form[data-signup]')) {
  const place = document.querySelector('[data-preview]');
  if (!place) continue;
  const chosen = () => [...new FormData(form)].filter(([name]) => ['topics', 'categories', 'authors', 'mutes'].includes(name)).join();
  let before = chosen(), timer = 0, asked = null;
  const look = async () => {
    const wanted = chosen();
    if (wanted === before) return;
    before = wanted;
    if (asked) asked.abort();
    asked = new AbortController();
    const fields = new URLSearchParams(new FormData(form));
    for (const name of ['address', 'stamp', 'proof', 'note']) fields.delete(name);
    fields.set('part', '1');
    const language = new URL(form.action).search;
    place.setAttribute('aria-busy', 'true');
    try {
      const answer = await fetch('/preview' + language, { method: 'POST', body: fields, signal: asked.signal });
      if (answer.ok) place.innerHTML = await answer.text();
    } catch (problem) {
      if (problem.name === 'AbortError') return;
    }
    place.removeAttribute('aria-busy');
  };
  const soon = () => { clearTimeout(timer); timer = setTimeout(look, 700); };
  form.addEventListener('input', soon);
  form.addEventListener('change', soon);
}
