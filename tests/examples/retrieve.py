from qa import retrieve  # the index in the folder index/, or the one that HOIDAP_INDEX names

for hit in retrieve("Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?", k=3):
    assert hit.article.text[hit.passage.start : hit.passage.end] == hit.quote
    print(round(hit.score, 3), hit.article.title, hit.sentence_text)
