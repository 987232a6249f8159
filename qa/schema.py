"""The store's tables."""

from __future__ import annotations

SCHEMA_VERSION = 2

SCHEMA = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE articles(
    id INTEGER PRIMARY KEY AUTOINCREMENT, public_id TEXT NOT NULL, path TEXT NOT NULL, name TEXT NOT NULL,
    sha256 TEXT NOT NULL, added INTEGER NOT NULL, removed INTEGER,
    -- The row of the first article that tells the same story; its own where none does.
    story INTEGER NOT NULL,
    passages INTEGER NOT NULL, sentences INTEGER NOT NULL,
    title TEXT NOT NULL, titled INTEGER NOT NULL, author TEXT, source TEXT, published TEXT, url TEXT, encoding TEXT,
    pages TEXT NOT NULL, signature BLOB NOT NULL);
CREATE UNIQUE INDEX articles_place ON articles(path, name) WHERE removed IS NULL;
CREATE UNIQUE INDEX articles_public_id ON articles(public_id) WHERE removed IS NULL;
CREATE INDEX articles_removed ON articles(removed) WHERE removed IS NOT NULL;
CREATE INDEX articles_added ON articles(added);
CREATE INDEX articles_story ON articles(story);
-- Apart, so that listing articles does not read their texts.
CREATE TABLE texts(article INTEGER PRIMARY KEY REFERENCES articles ON DELETE CASCADE, text TEXT NOT NULL);
CREATE TABLE passages(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    first_sentence INTEGER NOT NULL, sentences INTEGER NOT NULL);
CREATE INDEX passages_article ON passages(article);
CREATE TABLE sentences(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    passage INTEGER NOT NULL REFERENCES passages ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL);
CREATE INDEX sentences_passage ON sentences(passage);
-- One article's vectors, float16, a row a sentence in the sentences' order.
CREATE TABLE vectors(article INTEGER PRIMARY KEY REFERENCES articles ON DELETE CASCADE, matrix BLOB NOT NULL);
-- What articles of the same story share: see qa/duplicates.py.
CREATE TABLE story_keys(
    key INTEGER NOT NULL, article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    PRIMARY KEY(key, article)) WITHOUT ROWID;
CREATE INDEX story_keys_article ON story_keys(article);
-- Files that were read without a complaint, and of which bytes: the same bytes are not read again.
CREATE TABLE files(path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, reading INTEGER NOT NULL) WITHOUT ROWID;
-- Articles that a person removed: they stay away for as long as they say the same.
CREATE TABLE dropped(path TEXT, name TEXT, sha256 TEXT NOT NULL, PRIMARY KEY(path, name)) WITHOUT ROWID;
"""
