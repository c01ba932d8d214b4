"""The product service: folders of products over HTTP, read-only.

`folders` finds the files, `inspection` says what each one is, `catalogue` keeps both up to date,
`shelf` holds what has been made of them, `app` answers requests and `running` serves it. Files are
read and figures drawn in processes of their own (`workers`), so that no damaged file and no long
work stands in the way of an answer. FastAPI, uvicorn and zarr come with the extra ``serve``.
"""
