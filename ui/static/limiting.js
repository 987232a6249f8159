// What questions are limited to, and the chip beside the question that says so.
const KEPT_SCOPE = 'hoidap-scope';

/** Keep what questions are limited to, and say so beside the question. */
export function limiting(page) {
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
