CREATE TABLE message_store (id INTEGER NOT NULL, session_id TEXT, message TEXT, PRIMARY KEY (id));
INSERT INTO message_store (session_id, message) VALUES
  ('first', '{"type": "human", "data": {"content": "Hello", "additional_kwargs": {}, "response_metadata": {}, "type": "human", "name": null, "id": null}}'),
  ('second', '{"type": "human", "data": {"content": "Guten Tag", "additional_kwargs": {}, "response_metadata": {}, "type": "human", "name": null, "id": null}}'),
  ('first', '{"type": "ai", "data": {"content": "Hi!", "additional_kwargs": {}, "response_metadata": {}, "type": "ai", "name": null, "id": null, "tool_calls": [], "invalid_tool_calls": [], "usage_metadata": null}}'),
  ('second', '{"type": "martian", "data": {"content": "??"}}'),
  (NULL, '{"type": "human", "data": {"content": "Whose am I?"}}'),
  ('second', 'no JSON'),
  ('second', '{"type": "ai", "data": {"content": "Guten Tag!", "additional_kwargs": {}, "response_metadata": {}, "type": "ai", "name": null, "id": null, "tool_calls": [], "invalid_tool_calls": [], "usage_metadata": null}}');
