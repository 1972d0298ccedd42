# The main job and the tests in a container:
#
#     docker build -t wishart-moments . && docker run --rm wishart-moments
#     docker run --rm wishart-moments make test
#
# torch comes in its exact version. Its CPU build is smaller by gigabytes: name the index that has it by
# --build-arg PIP_EXTRA_INDEX_URL=...
FROM python:3.11-slim

RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc git libc6-dev make nodejs \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /wishart
ARG PIP_EXTRA_INDEX_URL
ENV PIP_NO_CACHE_DIR=1

# What is installed changes seldom: the sources below do not make this layer anew.
COPY pyproject.toml constraints.txt Makefile README.md LICENSE ./
COPY wishart_moments/_version.py wishart_moments/
RUN mkdir -p generated/wishart_generated nn/wishart_nn && make .venv/all

COPY . .
RUN touch .venv/bin/python .venv/engine .venv/all

CMD ["make", "run"]
