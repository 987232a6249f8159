curl --silent http://127.0.0.1:7860/gradio_api/run/ask --header "Content-Type: application/json" \
  --data '{"data": ["Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?"]}'
