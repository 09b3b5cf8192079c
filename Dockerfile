# One image for all services of docker-compose.yml: `dask scheduler`, `dask worker`, `batchopt`.

FROM python:3.12-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY batchopt batchopt
COPY solvers solvers
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.12-slim
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir /wheels/*.whl \
    && useradd --create-home --uid 1000 batchopt
# Compose may run the image as another user id, one without a home: caches go where everyone can write.
ENV HOME=/tmp PYTHONUNBUFFERED=1
USER batchopt
WORKDIR /work
CMD ["batchopt", "--help"]
