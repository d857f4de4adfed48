"""The least that Streamlit can do: a form of 30 widgets and a button, no data behind it.

python -m streamlit run benchmarks/peers/bare_form.py
"""

import streamlit as st

with st.form("bare"):
    typed = [st.text_input(f"Field {n}") for n in range(30)]
    if st.form_submit_button("Save"):
        st.write(f"saved {typed[0]}")
