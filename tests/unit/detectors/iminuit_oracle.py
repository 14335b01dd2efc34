"""Fits what is on standard input with iminuit and prints minimum, intervals and time.

Input: lines `observed pions mean variance kaons mean variance`, by bin, as in level::TiltedBin; a first line with the
measured flux and kaon-to-pion ratio. Output: chi2, then R and gamma with their ends where chi2 rises by 1, then the
microseconds that a fit with both intervals took.
"""

import sys
import time

import numpy as np
from iminuit import Minuit

flux_measured, kaons_measured = map(float, sys.stdin.readline().split())
observed, pions, pion_mean, pion_variance, kaons, kaon_mean, kaon_variance = np.loadtxt(sys.stdin, unpack=True)
seen = observed > 0


def chi2(r, gamma, flux, ratio):
    tilted = pions * np.exp(gamma * (pion_mean + gamma * pion_variance / 2))
    tilted = tilted + ratio * kaons * np.exp(gamma * (kaon_mean + gamma * kaon_variance / 2))
    expected = r * flux * tilted
    deviance = 2 * np.sum(expected - observed) + 2 * np.sum(observed[seen] * np.log(observed[seen] / expected[seen]))
    return deviance + ((flux - flux_measured) / 0.05) ** 2 + ((ratio - kaons_measured) / 0.10) ** 2


def fit():
    minuit = Minuit(chi2, r=1, gamma=0, flux=1, ratio=1)
    minuit.errordef = 1
    minuit.strategy = 2
    minuit.tol = 1e-4
    minuit.limits["r"] = (1e-6, None)
    minuit.migrad()
    minuit.minos("r", "gamma")
    return minuit


best = fit()
times = []
for _ in range(5):
    begin = time.perf_counter()
    fit()
    times.append(time.perf_counter() - begin)
print(best.fval)
for name in ("r", "gamma"):
    value, errors = best.values[name], best.merrors[name]
    print(value, value + errors.lower, value + errors.upper)
print(1e6 * min(times))
