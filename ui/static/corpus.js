// The panel of articles: they are listed, opened, taken out and put back, and changes from elsewhere are followed.
import { adding } from './adding.js';
import { limiting } from './limiting.js';

const EVERY_MS = 5000;
const TYPED_MS = 300;
const CHOSEN_MOST = 1000;

/** Start this part of the page. */
export async function start(page) {
  const panel = page.root.querySelector('#corpus');
  // Also while the panel is on its way: what was chosen before a reload holds for the next question.
  const scope = limiting(page);
  const given = await page.server.corpus();
  if (given.error) return void (panel.textContent = given.error);
  panel.innerHTML = given.html;
  const find = (selector) => panel.querySelector(selector);
  const said = announcing(find('#corpus-said'));
  const list = listing(page, panel, find, said, scope);
  adding(page, panel, find, list);
  removing(page, panel, said, list, scope);
  reading(page, panel);
  await following(page, find, list);
}

/** Open articles in the reader, which takes this panel's place; closing it leads back here. */
function reading(page, panel) {
  let opener = null;
  panel.addEventListener('click', (event) => {
    opener = event.target.closest('[data-open]');
    if (opener) page.emit('open-citation', { article: opener.dataset.open });
  });
  page.on('open-citation', ({ turn }) => { if (turn !== undefined) opener = null; });
  page.on('reader-closed', () => {
    const active = document.activeElement;
    // Where somebody went on to ask, the list is not to come between.
    if (!opener || (active !== document.body && !active.closest('#reader, #corpus'))) return;
    page.emit('show', { panel: 'corpus', focus: false });
    (opener.isConnected ? opener : panel).focus({ preventScroll: true });
    opener = null;
  });
}

/** Show lines in the panel's foot, of which the last few stay until they are put away. */
function announcing(place) {
  place.addEventListener('click', (event) => {
    if (event.target.closest('[data-dismiss]')) put(event.target.closest('[data-dismiss]').closest('div'));
  });

  function put(line) {
    const panel = place.closest('#corpus');
    const hadFocus = line.contains(document.activeElement);
    line.remove();
    if (hadFocus) panel.focus({ preventScroll: true });
  }

  function add(html) {
    const line = document.createElement('div');
    line.innerHTML = html;
    place.append(line);
    while (place.children.length > 3) place.firstElementChild.remove();
    return line;
  }

  function tell(text) {
    for (const old of place.querySelectorAll('[data-told]')) old.remove();
    const line = document.createElement('div');
    line.dataset.told = '';
    const words = document.createElement('p');
    words.textContent = text;
    const button = document.createElement('button');
    Object.assign(button, { type: 'button', className: 'quiet', textContent: 'Ẩn' });
    button.dataset.dismiss = '';
    line.append(words, button);
    place.append(line);
  }
  return { add, tell, put };
}

// --- the list -----------------------------------------------------------------------------------------------------

function listing(page, panel, find, said, scope) {
  const items = find('#corpus-list');
  const chosen = new Set(scope.articles());
  let asked = 0;
  let shown = 0;

  const filter = () => ({
    text: find('#corpus-text').value,
    source: find('#corpus-source').value,
    since: find('#corpus-since').value,
    until: find('#corpus-until').value,
  });

  async function look({ more = false, keep = false } = {}) {
    const turn = ++asked;
    const ask = { ...filter(), offset: more ? shown : 0 };
    if (keep && shown > 50) ask.limit = Math.min(shown, 2000);
    items.setAttribute('aria-busy', 'true');
    const found = await page.server.list_stock(ask);
    if (turn !== asked) return;
    items.removeAttribute('aria-busy');
    find('#corpus-count').classList.toggle('error', Boolean(found.error));
    find('#corpus-count').textContent = found.error ?? found.count;
    if (found.error) return;
    if (more) {
      const first = items.children.length;
      items.insertAdjacentHTML('beforeend', found.html);
      items.children[first]?.querySelector('.open').focus({ preventScroll: true });
    } else {
      inPlace(found.html);
    }
    shown = found.shown;
    find('#corpus-more').hidden = !found.more;
    for (const box of items.querySelectorAll('[data-pick]')) box.checked = chosen.has(box.dataset.pick);
    tellChosen();
  }

  /** Put a newer list in the place of the one shown, where what was looked at and what has the focus stay. */
  function inPlace(html) {
    const focused = items.contains(document.activeElement) ? document.activeElement : null;
    const article = focused?.closest('.stocked')?.dataset.article;
    const kind = focused && ['pick', 'open', 'remove'].find((name) => name in focused.dataset);
    const place = focused ? [...items.children].indexOf(focused.closest('.stocked')) : -1;
    const top = panel.scrollTop;
    const least = items.offsetHeight;
    // Or the panel would grow short for a moment, and scroll up.
    items.style.minHeight = `${least}px`;
    items.innerHTML = html;
    if (focused) {
      const rows = [...items.children];
      const row = rows.find((one) => one.dataset.article === article) ?? rows[Math.min(place, rows.length - 1)];
      (row?.querySelector(`[data-${kind}]`) ?? panel).focus({ preventScroll: true });
    }
    items.style.minHeight = '';
    panel.scrollTop = top;
  }

  function tellChosen() {
    const boxes = [...items.querySelectorAll('[data-pick]')];
    const all = find('#corpus-all');
    const checked = boxes.filter((box) => box.checked).length;
    all.checked = boxes.length > 0 && checked === boxes.length;
    all.indeterminate = checked > 0 && checked < boxes.length;
    all.disabled = boxes.length === 0;
    find('#corpus-chosen').textContent = chosen.size ? `Đã chọn ${chosen.size.toLocaleString('vi')} bài.` : '';
  }

  let typing = 0;
  find('#corpus-search').addEventListener('submit', (event) => { event.preventDefault(); look(); });
  find('#corpus-search').addEventListener('input', () => { clearTimeout(typing); typing = setTimeout(() => look(), TYPED_MS); });
  find('#corpus-more').addEventListener('click', () => look({ more: true }));
  find('#corpus-all').addEventListener('change', (event) => {
    for (const box of items.querySelectorAll('[data-pick]')) {
      box.checked = event.target.checked;
      if (box.checked) chosen.add(box.dataset.pick);
      else chosen.delete(box.dataset.pick);
    }
    tellChosen();
  });
  items.addEventListener('change', (event) => {
    const { pick } = event.target.dataset;
    if (pick === undefined) return;
    if (event.target.checked) chosen.add(pick);
    else chosen.delete(pick);
    tellChosen();
  });
  find('#corpus-limit').addEventListener('click', () => {
    const { source, since, until } = filter();
    if (!chosen.size && !source && !since && !until) return said.tell('Hãy chọn ít nhất một bài, một nguồn hoặc một khoảng ngày.');
    if (since && until && since > until) return said.tell('Ngày bắt đầu ở sau ngày kết thúc; hãy sửa lại khoảng ngày.');
    if (chosen.size > CHOSEN_MOST) return said.tell(`Mỗi lần chỉ chọn được nhiều nhất ${CHOSEN_MOST.toLocaleString('vi')} bài.`);
    scope.set({ articles: [...chosen], sources: source ? [source] : [], since: since || null, until: until || null });
    page.emit('hide', { panel: 'corpus' });
    page.root.querySelector('#question')?.focus();
  });
  page.on('scope-changed', ({ articles }) => {
    // Only when it was cleared: what is chosen and not yet asked of stays chosen.
    if (articles.length || !chosen.size) return;
    chosen.clear();
    for (const box of items.querySelectorAll('[data-pick]')) box.checked = false;
    tellChosen();
  });
  return { look, leave: (id) => { chosen.delete(id); tellChosen(); } };
}

function removing(page, panel, said, list, scope) {
  panel.addEventListener('click', async (event) => {
    const remove = event.target.closest('[data-remove]');
    const undo = event.target.closest('[data-undo]');
    const button = remove ?? undo;
    if (!button || button.getAttribute('aria-disabled') === 'true') return;
    // Not `disabled`: that would take the focus away.
    button.setAttribute('aria-disabled', 'true');
    const reply = remove
      ? await page.server.remove_article({ article: remove.dataset.remove })
      : await page.server.return_article({ undo: undo.dataset.undo });
    button.removeAttribute('aria-disabled');
    if (reply.error) return said.tell(reply.error);
    if (remove) {
      list.leave(reply.article);
      scope.leave(reply.article);
      said.add(reply.html).querySelector('[data-undo]').focus({ preventScroll: true });
    } else {
      const line = undo.closest('div');
      said.add(reply.html).querySelector('[data-dismiss]').focus({ preventScroll: true });
      line.remove();
    }
    page.emit('corpus-settled');
  });
}

// --- what others change -------------------------------------------------------------------------------------------

async function following(page, find, list) {
  let mark;
  let looking = false;

  async function look() {
    if (looking || document.hidden) return;
    looking = true;
    const stock = await page.server.stock();
    looking = false;
    if (stock.error || stock.mark === mark) return;
    const isFirst = mark === undefined;
    mark = stock.mark;
    find('#corpus-stock').innerHTML = stock.html;
    const source = find('#corpus-source');
    const { value } = source;
    source.innerHTML = stock.sources;
    source.value = [...source.options].some((option) => option.value === value) ? value : '';
    if (!isFirst) page.emit('corpus-changed', { articles: stock.articles, passages: stock.passages, revision: stock.revision, html: stock.html });
    await list.look({ keep: true });
  }
  page.on('corpus-settled', look);
  setInterval(look, EVERY_MS);
  addEventListener('focus', look);
  document.addEventListener('visibilitychange', look);
  await look();
}
