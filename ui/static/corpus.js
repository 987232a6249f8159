// The panel of articles: files are added, articles listed, taken out and put back, and questions limited to some.
const EVERY_MS = 5000;
const PROGRESS_MS = 700;
const TYPED_MS = 300;
const CHOSEN_MOST = 1000;
const KEPT_SCOPE = 'hoidap-scope';
const LOST = 'Mất kết nối khi đang gửi tệp.';

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

/** Keep what questions are limited to, and say so beside the question. */
function limiting(page) {
  const chip = page.root.querySelector('#scope');
  const none = { articles: [], sources: [], since: null, until: null, label: '' };
  let scope = none;

  function show() {
    chip.replaceChildren();
    chip.hidden = !scope.label;
    if (chip.hidden) return;
    const words = document.createElement('span');
    words.textContent = `Chỉ tìm trong: ${scope.label}`;
    const clear = document.createElement('button');
    Object.assign(clear, { type: 'button', className: 'quiet', textContent: 'Bỏ giới hạn' });
    clear.addEventListener('click', () => {
      set(none);
      page.root.querySelector('#question')?.focus();
    });
    chip.append(words, clear);
  }

  function set(chosen) {
    scope = { ...chosen, label: labelOf(chosen) };
    try {
      sessionStorage.setItem(KEPT_SCOPE, JSON.stringify(scope));
    } catch { /* A browser may forbid it; the limit then ends with the page. */ }
    show();
    page.emit('scope-changed', scope);
  }

  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT_SCOPE) ?? 'null');
    // The others of the page hear of it once they have started.
    if (kept?.label) setTimeout(() => set({ ...none, ...kept }), 0), (scope = { ...none, ...kept });
  } catch { /* As above. */ }
  return {
    set,
    articles: () => scope.articles,
    leave(id) {
      if (!scope.articles.includes(id)) return;
      const articles = scope.articles.filter((one) => one !== id);
      // With its last article gone, a limit to articles must not become one to none, which is all.
      set(articles.length || scope.sources.length || scope.since || scope.until ? { ...scope, articles } : none);
    },
  };
}

function labelOf({ articles, sources, since, until }) {
  const day = (iso) => iso.split('-').reverse().join('/');
  const days = [since && `từ ${day(since)}`, until && `đến ${day(until)}`].filter(Boolean).join(' ');
  return [articles.length && `${articles.length.toLocaleString('vi')} bài`, ...sources, days].filter(Boolean).join(' · ');
}

// --- adding -------------------------------------------------------------------------------------------------------

function adding(page, panel, find, list) {
  const limits = find('.corpus-body').dataset;
  const suffixes = limits.suffixes.split(' ');
  const rows = find('#corpus-transfers');
  const bar = find('[role="progressbar"]');
  const queue = [];
  let sending = null;
  let total = 0;
  let sent = 0;
  let wasRunning = false;
  let timer = 0;
  let last = null;

  find('#corpus-files').addEventListener('change', (event) => {
    take([...event.target.files]);
    event.target.value = '';
  });
  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files');
  let depth = 0;
  panel.addEventListener('dragenter', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth += 1;
    panel.classList.add('dropping');
  });
  panel.addEventListener('dragover', (event) => { if (hasFiles(event)) event.preventDefault(); });
  panel.addEventListener('dragleave', (event) => {
    if (!hasFiles(event)) return;
    depth = Math.max(0, depth - 1);
    if (!depth) panel.classList.remove('dropping');
  });
  panel.addEventListener('drop', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth = 0;
    panel.classList.remove('dropping');
    take([...event.dataTransfer.files]);
  });
  // A file that misses the panel is not to take the conversation's place.
  for (const name of ['dragover', 'drop']) page.root.addEventListener(name, (event) => { if (hasFiles(event)) event.preventDefault(); });
  addEventListener('beforeunload', (event) => { if (sending || queue.length) event.preventDefault(); });
  find('#corpus-retry').addEventListener('click', async () => {
    keepFocus(find('#corpus-retry'));
    show(await page.server.retry_adding());
  });
  find('#corpus-clear').addEventListener('click', async () => {
    rows.querySelectorAll('.failed').forEach((row) => row.remove());
    keepFocus(find('#corpus-clear'));
    show(await page.server.clear_added());
  });
  rows.addEventListener('click', (event) => {
    const again = event.target.closest('[data-again]');
    if (!again) return;
    const row = again.closest('li');
    row.remove();
    take([row.file]);
    find('#corpus-files').focus();
  });

  function keepFocus(button) {
    if (document.activeElement === button) find('#corpus-files').focus({ preventScroll: true });
  }

  function take(files) {
    if (!files.length) return;
    find('#corpus-adding').hidden = false;
    if (!sending && !queue.length) { total = 0; sent = 0; }
    let bytes = queue.reduce((sum, row) => sum + row.file.size, 0);
    files.forEach((file, number) => {
      const row = find('#corpus-transfer').content.firstElementChild.cloneNode(true);
      row.file = file;
      row.querySelector('.name').textContent = file.name;
      rows.append(row);
      const suffix = (/\.[^.]+$/.exec(file.name)?.[0] ?? '').toLowerCase();
      bytes += file.size;
      if (number + queue.length >= Number(limits.batchFiles)) fail(row, `Mỗi lần chỉ thêm được nhiều nhất ${limits.batchFiles} tệp.`, true);
      else if (!suffixes.includes(suffix)) fail(row, 'Hoidap không đọc được loại tệp này.');
      else if (file.size > Number(limits.fileBytes)) fail(row, `Tệp quá lớn: mỗi tệp nhiều nhất là ${Math.round(limits.fileBytes / 1e6)} MB.`);
      else if (bytes > Number(limits.batchBytes)) fail(row, 'Các tệp đã chọn quá lớn khi gộp lại; hãy thêm làm nhiều lần.', true);
      else {
        say(row, 'Đang chờ gửi');
        queue.push(row);
        total += file.size;
      }
    });
    send();
  }

  function say(row, words) { row.querySelector('.said').textContent = words; }

  function fail(row, words, mayTryAgain = false) {
    row.classList.add('failed');
    row.querySelector('.said').classList.add('error');
    say(row, words);
    const again = row.querySelector('[data-again]');
    again.hidden = !mayTryAgain;
    again.setAttribute('aria-label', `Gửi lại tệp ${row.file.name}`);
    advance();
  }

  /** Send one file after another: the disk is the narrow place, and each is indexed as soon as it is there. */
  async function send() {
    if (sending || !queue.length) return advance();
    const row = queue.shift();
    sending = row;
    const { status, reply } = await transfer(row);
    sending = null;
    sent += row.file.size;
    if (!reply.file) {
      fail(row, reply.error ?? LOST, status !== 422);
    } else {
      row.remove();
      show(await page.server.add({ files: [reply.file] }));
    }
    send();
  }

  function transfer(row) {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      request.open('POST', `/upload?name=${encodeURIComponent(row.file.name.toWellFormed?.() ?? row.file.name)}`);
      request.setRequestHeader('X-Hoidap', '1');
      request.upload.onprogress = (event) => {
        say(row, `Đang gửi: ${Math.floor((100 * event.loaded) / Math.max(1, row.file.size))} %`);
        advance(event.loaded);
      };
      request.onload = () => {
        let reply = {};
        try { reply = JSON.parse(request.responseText); } catch { /* Not from Hoidap: a proxy, say. */ }
        resolve({ status: request.status, reply });
      };
      request.onerror = request.onabort = () => resolve({ status: 0, reply: {} });
      request.send(row.file);
    });
  }

  function advance(loaded = 0) {
    const isSending = Boolean(sending) || queue.length > 0;
    const share = isSending ? 0.5 * ((sent + loaded) / Math.max(1, total)) : Math.max(0.5, last?.done ?? 1);
    const percent = Math.floor(100 * (last?.running && !isSending ? 0.5 + 0.5 * last.done : share));
    bar.setAttribute('aria-valuenow', percent);
    bar.firstElementChild.style.width = `${percent}%`;
    const failed = rows.querySelectorAll('.failed').length;
    const words = isSending ? `Đang gửi ${queue.length + Number(Boolean(sending))} tệp…` : [last?.said, failed && `${failed} tệp không gửi được.`].filter(Boolean).join(' ');
    if (find('#corpus-progress').textContent !== words) find('#corpus-progress').textContent = words;
    find('#corpus-clear').hidden = !(last?.settled || failed);
    if (!rows.children.length && !last?.files.length) find('#corpus-adding').hidden = true;
  }

  function show(told) {
    if (told.error) {
      find('#corpus-progress').textContent = told.error;
      return;
    }
    if (!last || last.html !== told.html) {
      const place = find('#corpus-added');
      const top = place.scrollTop;
      const focused = place.contains(document.activeElement) ? document.activeElement.dataset.open : undefined;
      place.innerHTML = told.html;
      place.scrollTop = top;
      if (focused !== undefined) [...place.querySelectorAll('[data-open]')].find((one) => one.dataset.open === focused)?.focus();
    }
    last = told;
    if (told.files.length) find('#corpus-adding').hidden = false;
    find('#corpus-retry').hidden = !told.stopped;
    if (wasRunning && !told.running) page.emit('corpus-settled');
    wasRunning = told.running;
    advance();
    clearTimeout(timer);
    if (told.running) timer = setTimeout(async () => show(await again(() => page.server.progress())), PROGRESS_MS);
  }

  /** Ask again while the server cannot be reached: what runs there goes on. */
  async function again(ask) {
    for (;;) {
      const told = await ask();
      if (!told.error) return told;
      find('#corpus-progress').textContent = told.error;
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  }

  page.server.progress().then(show);
}

// --- taking out ---------------------------------------------------------------------------------------------------

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
