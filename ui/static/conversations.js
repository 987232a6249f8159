// The panel of kept conversations: finding, opening, naming, exporting and deleting them.

const UNDO_MS = 10_000;
const SEARCH_MS = 200;

/** Start the panel in `nav#conversations`. */
export async function start(page) {
  const nav = page.root.querySelector('#conversations');
  let current = null; // the id of the conversation that is open
  let deleted = null; // {id, wasCurrent, timer}: what "Hoàn tác" takes back
  let asked = 0; // the number of the last list asked for: an older one that comes late is dropped
  let opening = 0;
  const parts = {};

  page.on('conversation-changed', ({ id }) => { current = id ?? current; list(); });
  page.on('conversation-new', () => { current = null; mark(); });
  page.on('open-conversation', ({ id }) => open(id));

  const find = (selector) => nav.querySelector(selector);
  const entryOf = (id) => [...nav.querySelectorAll('.entry')].find((entry) => entry.dataset.id === id);

  await frame();

  async function frame() {
    if (!find('.list')) {
      const { html, error } = await page.server.conversations({ frame: true });
      if (error) { nav.textContent = error; return; }
      nav.innerHTML = html;
    }
    for (const name of ['list', 'found', 'undo']) parts[name] = find(`.${name}`);
    parts.search = find('input[type="search"]');
    parts.status = find('.undo .status');
    parts.takeBack = find('.undo button');
    let typing = 0;
    parts.search.addEventListener('input', () => {
      clearTimeout(typing);
      typing = setTimeout(list, SEARCH_MS);
    });
    parts.takeBack.addEventListener('click', undelete);
    find('.new').addEventListener('click', () => { leave(); page.emit('conversation-new'); });
    list();
  }

  async function list() {
    if (!parts.list || find('form.rename')) return; // what is half typed is not to go
    const number = ++asked;
    const reply = await page.server.conversations({ text: parts.search.value });
    if (number !== asked) return;
    if (reply.error) return say(reply.error, true);
    const focused = document.activeElement?.closest?.('.entry')?.dataset.id;
    parts.list.innerHTML = reply.html;
    parts.found.textContent = reply.found;
    mark();
    if (focused && !nav.contains(document.activeElement)) entryOf(focused)?.querySelector('.open').focus();
  }

  function mark() {
    for (const entry of nav.querySelectorAll('.entry')) {
      const button = entry.querySelector('.open');
      if (entry.dataset.id === current) button.setAttribute('aria-current', 'true');
      else button.removeAttribute('aria-current');
    }
  }

  /** On a narrow page the panel covers the conversation that was just chosen. */
  function leave() {
    if (matchMedia('(max-width: 900px)').matches) page.emit('hide', { panel: 'conversations' });
  }

  async function open(id) {
    const number = ++opening;
    const reply = await page.server.open_conversation({ id });
    if (number !== opening) return;
    if (reply.error) {
      say(reply.error, true);
      page.emit('conversation-failed', { words: reply.error });
      return;
    }
    current = reply.id;
    mark();
    leave();
    page.emit('conversation-opened', { id: reply.id, html: reply.html });
  }

  // --- one entry ------------------------------------------------------------------------------------------------

  page.root.addEventListener('click', (event) => {
    if (!nav.contains(event.target)) closeMenus();
  });
  nav.addEventListener('click', (event) => {
    const entry = event.target.closest('.entry');
    closeMenus(entry);
    if (!entry) return;
    if (event.target.closest('.open')) return open(entry.dataset.id);
    const act = event.target.closest('[data-act]')?.dataset.act;
    if (!act) return;
    closeMenus();
    if (act === 'rename') rename(entry);
    else if (act === 'delete') remove(entry);
    else save(entry.dataset.id, act);
  });
  nav.addEventListener('focusout', (event) => {
    const menu = event.target.closest('details[open]');
    if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });
  nav.addEventListener('keydown', (event) => {
    const menu = event.target.closest?.('details[open]');
    if (event.key !== 'Escape' || !menu) return;
    event.preventDefault();
    menu.open = false;
    menu.querySelector('summary').focus();
  });

  function closeMenus(but) {
    for (const menu of nav.querySelectorAll('details[open]')) if (menu.closest('.entry') !== but || !but) menu.open = false;
  }

  function rename(entry) {
    if (entry.querySelector('form')) return;
    const form = find('template.rename').content.cloneNode(true).querySelector('form');
    const button = entry.querySelector('.open');
    const title = form.elements.title;
    title.value = entry.dataset.title;
    button.hidden = true;
    entry.prepend(form);
    title.select();
    title.focus();
    const close = () => {
      form.remove();
      button.hidden = false;
      button.focus();
    };
    form.querySelector('.cancel').addEventListener('click', close);
    form.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      close();
    });
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const reply = await page.server.rename_conversation({ id: entry.dataset.id, title: title.value });
      if (reply.error) return say(reply.error, true);
      say('Đã đổi tên.');
      close();
      await list();
      entryOf(reply.id)?.querySelector('.open').focus();
    });
  }

  async function save(id, format) {
    const reply = await page.server.export_conversation({ id, format });
    if (reply.error) return say(reply.error, true);
    const address = URL.createObjectURL(new Blob([reply.text], { type: reply.type }));
    const link = Object.assign(document.createElement('a'), { href: address, download: reply.filename });
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
    say('Đã xuất tệp.');
    entryOf(id)?.querySelector('summary').focus();
  }

  // --- deleting, and taking it back -----------------------------------------------------------------------------

  async function remove(entry) {
    const id = entry.dataset.id;
    const reply = await page.server.delete_conversation({ id });
    if (reply.error) return say(reply.error, true);
    const wasCurrent = id === current;
    if (wasCurrent) page.emit('conversation-new');
    await list();
    say(reply.message);
    deleted = { id, wasCurrent, timer: 0 };
    parts.takeBack.hidden = false;
    // The button that had the focus is gone with its entry.
    parts.takeBack.focus();
    wait();
  }

  /** Offer to take it back for ten seconds, and for as long as somebody stands on the button. */
  function wait() {
    clearTimeout(deleted.timer);
    deleted.timer = setTimeout(() => {
      if (parts.takeBack.matches(':hover, :focus-visible')) return wait();
      say('');
    }, UNDO_MS);
  }

  async function undelete() {
    if (!deleted) return;
    const { id, wasCurrent } = deleted;
    const reply = await page.server.undelete_conversation({ id });
    say(reply.error ?? reply.message, Boolean(reply.error));
    if (reply.error) return;
    await list();
    entryOf(id)?.querySelector('.open').focus();
    if (wasCurrent && current === null) open(id);
  }

  /** Put a sentence below the list; what could be taken back until now no longer can. */
  function say(words, isError = false) {
    if (!parts.status) return;
    if (deleted) clearTimeout(deleted.timer);
    deleted = null;
    if (document.activeElement === parts.takeBack) parts.search.focus();
    parts.takeBack.hidden = true;
    parts.status.textContent = words;
    parts.status.classList.toggle('error', isError);
  }
}
