from gradio_client import Client

client = Client("http://127.0.0.1:7860", verbose=False)
answer = client.predict("Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?", api_name="/ask")
print(answer["answer"] if answer["answered"] else "The articles do not say.")

found = client.predict("giám sát tổ chức đảng", k=3, since="2021-04-01", api_name="/retrieve")
for hit in found["hits"]:
    print(hit["title"], hit["start"], hit["end"], hit["sentence"]["text"])

print(client.predict(text="Cao Lộc", api_name="/articles")["total"])
