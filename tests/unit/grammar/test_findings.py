"""Sentences of reports, each with what it says was measured, in whom, and with which result."""

from collections.abc import Iterable, Sequence
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.grammar.binding import sentences
from pipelines.grammar.findings import findings
from pipelines.grammar.groups import compared_arms
from pipelines.grammar.report import parsed_report
from pipelines.grammar.reported import Context, Finding, Value
from pipelines.grammar.tokens import Token


def _found(text: str) -> Iterable[Finding]:
    read = list(sentences(parsed_report(text), text))
    context = Context(arms=compared_arms(read))
    return [one for tokens in read for one in findings(tokens, context, text)]


def _told(text: str) -> list[str]:
    """A line for each finding, in no order: what was measured, its figure and interval, when, and in whom."""
    return sorted(set(map(_line, _found(text))))


def _line(finding: Finding) -> str:
    subject, value = finding.subject, finding.value
    name = subject.term.name if subject.kind == "EVENT" and subject.term else subject.kind
    if subject.outcome is not None:
        name = subject.outcome.concept or "-"
    said = [
        name,
        "serious" if subject.is_serious else "",
        f"grade {subject.grades.low}-{subject.grades.high}" if subject.grades else "",
        subject.attribution or "",
        "absent" if subject.is_absent else _figure(value),
        "difference" if value.is_difference else "",
        f"[{value.interval.low:g}, {'NR' if value.interval.high is None else f'{value.interval.high:g}'}]" if value.interval else "",
        f"p{value.p.operator}{value.p.value:g}" if value.p else "",
        f"at {finding.landmark.time.months:g} mo" if finding.landmark else "",
        f"in {finding.group}" if finding.group else "",
    ]
    return " ".join(filter(None, said))


def _figure(value: Value) -> str:
    if value.estimate is not None:
        return f"{value.estimate.kind} {value.estimate.value:g}"
    if value.not_reached:
        return "not reached"
    if value.time is not None:
        return f"{value.time.number:g} {value.time.unit}"
    share = f"{value.percent:g}%" if value.percent is not None else ""
    count = "/".join(str(part) for part in (value.count.n, value.count.total) if part is not None) if value.count else ""
    return " = ".join(filter(None, (share, count)))


OUTCOMES: list[tuple[str, list[str]]] = [
    (
        "Topical diclofenac 1% for the prevention of rash in women with cancer.",
        [],
    ),
    (
        "With a median follow-up of 94 months, the postoperative mortality rate was 11.2% versus 3.1%.",
        ["- 11.2%", "- 3.1%", "FOLLOWUP 94 mo"],
    ),
    (
        "Most relapses occur in the first 2 years, and survival is as long as 20 years.",
        [],
    ),
    (
        "The study enrolled 104 patients with disease progression.",
        [],
    ),
    (
        "No adverse effect was grade 3 or higher.",
        ["ANYAE grade 3-5 absent"],
    ),
    (
        "With positive PET-2, 5-year progression-free survival was 88.7%.",
        ["PFS 88.7% at 60 mo"],
    ),
    (
        "At a median follow-up of 41.8 months, noninferiority of 3 months versus 6 months was not confirmed.",
        ["FOLLOWUP 41.8 mo"],
    ),
    (
        "Hazard ratios (HRs) were 0.98 for disease-free survival (DFS) (95%CI: 0.77-1.24; p=0.91), and 0.84 for overall "
        "survival (OS) (95%CI: 0.61-1.14; p=0.29).",
        ["DFS hazard_ratio 0.98 [0.77, 1.24] p=0.91", "OS hazard_ratio 0.84 [0.61, 1.14] p=0.29"],
    ),
    (
        "The Quality of Life Questionnaire was completed on day 1 of cycles 5 and 11, within 30 days.",
        [],
    ),
    (
        "Adverse events were nausea/vomiting (39% vs 30%).",
        ["Nausea 30%", "Nausea 39%", "Vomiting 30%", "Vomiting 39%"],
    ),
    (
        "The response rate was 39%; the hazard ratio of progression was 1.27 (95% CI: 0.84-1.91) and the hazard ratio "
        "of death was 1.36 (95% CI: 0.81-2.28).",
        ["ORR 39%", "OS hazard_ratio 1.36 [0.81, 2.28]", "PFS hazard_ratio 1.27 [0.84, 1.91]"],
    ),
    (
        "The shift was small (95% confidence interval: -0.498%, 0.062%), and no severe neutropenia was observed in 56%.",
        [],
    ),
    (
        "Thrombosis was rarer with it, without increased bleeding.",
        [],
    ),
    (
        "联合内分泌药物5年治疗后的患者也存在远期复发的风险。",
        [],
    ),
    (
        "The percentage of patients relapse free 5 years after achieving a CR was 49%.",
        ["RFS 49% at 60 mo"],
    ),
    (
        "Neutropenia (4 [9%]/8 [17%]/9 [25%]) was the commonest adverse event.",
        ["Neutrophil count decreased 17% = 8", "Neutrophil count decreased 25% = 9", "Neutrophil count decreased 9% = 4"],
    ),
    (
        "The response rate was 63% (complete response, 43%; partial response, 14%; stable disease, 29%; own wish, 14%).",
        ["- 14%", "- 29%", "CR_RATE 43%", "ORR 63%"],
    ),
    (
        "The HR for OS was 0.77 (95% repeated CI, 0.61-0.98).",
        ["OS hazard_ratio 0.77 [0.61, 0.98]"],
    ),
    (
        "Responses lasted 6 months or longer for 78% of patients.",
        ["DOR 78%"],
    ),
    (
        "In all, 26% of the patients had an adverse event leading to the discontinuation of therapy.",
        ["DISC 26%"],
    ),
    (
        "At last, 52% were alive without relapse.",
        ["RFS 52%"],
    ),
    (
        "Surgery converted 30% of partial responders.",
        [],
    ),
    (
        "Adding a drug led to an increase in median overall survival (OS) of 4.2 months.",
        ["OS 4.2 mo difference"],
    ),
    (
        "With regard to EFS (hazard ratio [HR] for letrozole versus placebo 1.07; 95% CI, 0.80-1.31; p=0.61) no difference was seen.",
        ["EFS hazard_ratio 1.07 [0.8, 1.31] p=0.61"],
    ),
    (
        "Grade 3 adverse events occurred in 58% of all, with 9% of patients experiencing grade 4 toxicity.",
        ["ANYAE grade 3-3 58%", "ANYAE grade 4-4 9%"],
    ),
    (
        "The response rate was 64% with 41% being complete remission.",
        ["CR_RATE 41%", "ORR 64%"],
    ),
    (
        "Incisional pain was reported by 240 (28%) of 854 patients.",
        ["Procedural pain 28% = 240/854"],
    ),
    (
        "There were 3 cases of infection, 2 cases of sepsis and 4 cases of stroke among adverse events.",
        ["Infection 3", "Sepsis 2", "Stroke 4"],
    ),
    (
        "The CR rate was 43%, which was higher than the historical result of 11%.",
        ["CR_RATE 43%"],
    ),
    (
        "MRD clearance was confirmed by flow cytometry in 66% and by ASO-PCR in 37%.",
        ["MRD 37%", "MRD 66%"],
    ),
    (
        "In all, 118 patients were randomised to intensive follow-up.",
        [],
    ),
    (
        "Toxicities of the drug were grade 1 or 2 in 14 patients.",
        ["ANYAE grade 1-2 14"],
    ),
    (
        "CR rates of 22% have been observed for each.",
        [],
    ),
    (
        "Patients will be followed for 18 months.",
        [],
    ),
    (
        "In responders, PFS was 9.2 months (95% CI 8.1-11.0) versus 3.4 (95% CI 2.7-4.1) months (P = .001; HR 0.2) and OS was 25.1 months "
        "(95% CI, 19-29) versus 8.3 (95% CI 5.1-10.4) months.",
        [
            *("OS 25.1 mo [19, 29]", "OS 8.3 mo [5.1, 10.4]"),
            *("PFS 3.4 mo [2.7, 4.1] p=0.001", "PFS 9.2 mo [8.1, 11] p=0.001", "PFS hazard_ratio 0.2"),
        ],
    ),
    (
        "Eight of 20 patients who were evaluable for response achieved partial responses (40%; 95% CI, 19%-64%), and "
        "the median DOR was 8 months.",
        ["- 40% = 8/20 [19, 64]", "DOR 8 mo"],
    ),
    ("The 12-week change in pain and a 9-month period of rest were alike, and fear of recurrence fell.", []),
    ("DFS at the median follow-up of 15 months was 62% (95% CI 44-78%) and OS 57%.", ["DFS 62% [44, 78]", "FOLLOWUP 15 mo", "OS 57%"]),
    ("The median follow-up was 5.3 years, with 9.1 v 21.7 per 1,000 person-years (hazard ratio, 0.44; P = .03).", ["FOLLOWUP 5.3 a"]),
    ("The DCR was 24.1%, with seven patients having stable disease.", ["- 7", "DCR 24.1%"]),
    ("OS was longer with one of them, and there were 3/47 (6%) and 9/46 (20%) deaths.", ["DEATH 20% = 9/46", "DEATH 6% = 3/47"]),
    ("Quality of life improved in all scores (FACT-G: 13%).", []),
    ("As Smith et al. found, ORR was 22%.", []),
    ("Median progression-free survival was 7.4 months (80% CI, 4.1-9.9).", ["PFS 7.4 mo [4.1, 9.9]"]),
    ("中位PFS为7.4个月（80%CI 4.1～9.9）。", ["PFS 7.4 mo [4.1, 9.9]"]),
    ("Median OS was not reached.", ["OS not reached"]),
    ("中位OS未达到。", ["OS not reached"]),
    ("The median overall survival (OS) was 21 months (95% CI 18 to not reached).", ["OS 21 mo [18, NR]"]),
    ("The objective response rate was 40% (12 of 30).", ["ORR 40% = 12/30"]),
    ("ORR was 45% (95% CI, 32-58), and DCR was 80%.", ["DCR 80%", "ORR 45% [32, 58]"]),
    ("客观缓解率为45%，疾病控制率为80%。", ["DCR 80%", "ORR 45%"]),
    ("The 1-year and 2-year OS rates were 66% and 50%.", ["OS 50% at 24 mo", "OS 66% at 12 mo"]),
    ("The 1- and 2-year OS rates were 66% and 50%.", ["OS 50% at 24 mo", "OS 66% at 12 mo"]),
    ("1年和2年OS率分别为66%和50%。", ["OS 50% at 24 mo", "OS 66% at 12 mo"]),
    ("PFS at 6 months was 61% (95% CI 50-70).", ["PFS 61% [50, 70] at 6 mo"]),
    ("PFS at month 18 was 44%.", ["PFS 44% at 18 mo"]),
    ("OS was worse with a mutation (31% ± 4% v 47% ± 5% at 2 years).", ["OS 31% at 24 mo", "OS 47% at 24 mo"]),
    (
        "37 evaluable patients/40 (92%) were in CR at M6, and 20/40 (50%) were in CR at M9.",
        ["CR_RATE 50% = 20/40 at 9 mo", "CR_RATE 92% = 37/40 at 6 mo"],
    ),
    ("Of the 50 without relapse, 10 (20%) responded.", ["ORR 20% = 10/50"]),
    (
        "The ORR was 52%, including 14% (95% CI, 9%-21%) who achieved a complete remission and 33% who achieved freedom from needles.",
        ["CR_RATE 14% [9, 21]", "ORR 52%"],
    ),
    ("Patients were followed for up to 15 years (median 9.4 years).", ["FOLLOWUP 9.4 a"]),
    ("55% were men, median tumour size 3 cm.", []),
    ("Rash (odds ratio, 1.4), and sore toes (odds ratio, 1.9; 95% CI, 1.2 to 3.0) were more common.", ["- odds_ratio 1.4"]),
    (
        "The survival rates were: at 3 years 28% vs. 9%, at 7 years 42% vs. 19%.",
        ["OS 19% at 84 mo", "OS 28% at 36 mo", "OS 42% at 84 mo", "OS 9% at 36 mo"],
    ),
    (
        "OS was alike (HR, 0.97), but diarrhoea was rarer (HR, 0.51; P = .01).",
        ["- hazard_ratio 0.51 p=0.01", "OS hazard_ratio 0.97"],
    ),
    ("Median PFS and OS were 5.1 and 9.8 months, respectively.", ["OS 9.8 mo", "PFS 5.1 mo"]),
    ("中位PFS和OS分别为5.1个月和9.8个月。", ["OS 9.8 mo", "PFS 5.1 mo"]),
    ("Complete response was achieved in 5 patients (17%) and partial response in 9 (30%).", ["- 30% = 9", "CR_RATE 17% = 5"]),
    ("12 patients responded.", ["ORR 12"]),
    ("Among 22 patients with progression, 5 (23%) responded.", ["ORR 23% = 5/22"]),
    ("The median follow-up was 18.5 months.", ["FOLLOWUP 18.5 mo"]),
    ("The median duration of follow-up was 18.5 (range, 2-40) months.", ["FOLLOWUP 18.5 mo"]),
    ("Results were seen after a median follow-up of 18.5 months: see the table.", ["FOLLOWUP 18.5 mo"]),
    ("OS was alike in all. It was 10.4 months.", ["OS 10.4 mo"]),
    (
        "The 5-year EFS (77% and 79%) or OS (82% and 84%) did not differ.",
        [f"{name}% at 60 mo" for name in ("EFS 77", "EFS 79", "OS 82", "OS 84")],
    ),
    ("Risk factors for thrombosis were a high index (BMI) of weight (HR 3.4) and age (HR 2).", ["- hazard_ratio 2", "- hazard_ratio 3.4"]),
    ("Three patients died of treatment-related toxicity.", ["DEATH treatment_related 3"]),
    ("The median OS was 12 months (*P* = .04).", ["OS 12 mo p=0.04"]),
    ("Disease recurrence was not seen beyond 2 years.", []),
    ("None of the remaining 21 patients had disease progression.", []),
    ("中位随访时间为18.5个月。", ["FOLLOWUP 18.5 mo"]),
    ("At a median follow-up of 26 months, median OS had not been reached.", ["FOLLOWUP 26 mo", "OS not reached"]),
]
GROUPS: list[tuple[str, list[str]]] = [
    (
        "Patients were randomised to arm A (n = 40) or arm B (n = 50). Neutropenia was the most common adverse event in "
        "both arms, with 34.1% of patients in arm A and 88.2% in arm B experiencing grade 4 neutropenia.",
        ["Neutrophil count decreased grade 4-4 34.1% in arm A", "Neutrophil count decreased grade 4-4 88.2% in arm B"],
    ),
    (
        "Patients were randomised to 3 months or 6 months of FOLFOX. The 3-year DFS rates were 74.1% in the 3-month "
        "group and 75.2% in the 6-month group.",
        ["DFS 74.1% at 36 mo in 3-month group", "DFS 75.2% at 36 mo in 6-month group"],
    ),
    (
        "The watch-and-wait group was compared with the surgery group. The 3-year DFS rate was 88% (95% CI, 75%-94%) "
        "for the watch-and-wait group and 78% (95% CI, 63%-87%) for the surgery group.",
        ["DFS 78% [63, 87] at 36 mo in surgery group", "DFS 88% [75, 94] at 36 mo in watch-and-wait group"],
    ),
    (
        "Patients were randomised to arm A (n = 4) or arm B (n = 5). The median DFS was 26 months for patients in arm A "
        "and not yet reached for patients in arm B.",
        ["DFS 26 mo in arm A", "DFS not reached in arm B"],
    ),
    (
        "Patients were randomised to arm A (n = 40) or arm B (n = 50). The pCR rate was better for patients in arm B at "
        "35%, compared with 12% for patients in arm A.",
        ["PCR 12% in arm A", "PCR 35% in arm B"],
    ),
    (
        "Patients received letrozole (n = 40) or letrozole and ribociclib (n = 41). The median TTP for patients who "
        "received letrozole was 1.6 months, compared with a median TTP of 4.3 months for patients who received "
        "ribociclib and letrozole.",
        ["TTP 1.6 mo in letrozole", "TTP 4.3 mo in ribociclib and letrozole"],
    ),
    (
        "Patients were randomised to chemotherapy and liver transplant or chemotherapy alone. The 5-year OS rate was "
        "56% in the chemotherapy and liver transplant arm and 12% in the chemotherapy-alone arm.",
        ["OS 12% at 60 mo in chemotherapy-alone arm", "OS 56% at 60 mo in chemotherapy and liver transplant arm"],
    ),
    (
        "Patients were randomised to letrozole (n = 40) or placebo (n = 41). PFS was shorter in those who received "
        "letrozole than in those who did not receive letrozole (8.1 vs 12.2 months).",
        ["PFS 12.2 mo", "PFS 8.1 mo"],
    ),
    (
        "Patients were randomised to the weekly or the 3-weekly arm. The response rate was 39% and 33% in the 3-weekly "
        "and weekly arms; two toxic deaths were observed in the 3-weekly arm.",
        ["DEATH treatment_related 2 in 3-weekly arm", "ORR 33% in weekly arms", "ORR 39% in 3-weekly"],
    ),
    (
        "Patients were randomised to arm A or arm B. Arm B had higher rates of complete response than arm A: 65% vs 38% "
        "in all (p = 0.003), and 70% vs 51% in the acute period (p = 0.03).",
        ["CR_RATE 38% p=0.003 in arm A", "CR_RATE 51% p=0.03 in arm A", "CR_RATE 65% p=0.003 in Arm B", "CR_RATE 70% p=0.03 in Arm B"],
    ),
    (
        "Patients were randomised to pemetrexed (n = 40) or letrozole with pemetrexed (n = 41). Median PFS was 5.1 "
        "months with pemetrexed compared with 3.4 months with letrozole with pemetrexed.",
        ["PFS 3.4 mo in letrozole with pemetrexed", "PFS 5.1 mo in pemetrexed"],
    ),
    (
        "Patients were randomised to arm A or arm B. The rate of pCR in arm B (15.1%) was twice that in arm A (7.4%), "
        "respectively, though letrozole did no good.",
        ["PCR 15.1% in arm B", "PCR 7.4% in arm A"],
    ),
    (
        "Patients were randomised to arm A or arm B. The pCR rate was 18.2% and 5.3% in arms A and B, respectively, and "
        "that of older women was 35.1% and 11.9% in arms A and B, respectively.",
        ["PCR 11.9% in B", "PCR 18.2% in A", "PCR 35.1% in A", "PCR 5.3% in B"],
    ),
    (
        "Patients were randomised to the letrozole arm or the placebo arm. In the placebo arm, 3% had an adverse event. "
        "One death, which resulted from pneumonia, was reported in the letrozole arm.",
        ["ANYAE 3% in placebo arm", "DEATH 1 in letrozole arm"],
    ),
    (
        "We compared the combination of letrozole with ribociclib and letrozole alone. ORR was 45% in the combination "
        "arm and 31% in the letrozole arm.",
        ["ORR 31% in letrozole arm", "ORR 45% in letrozole with ribociclib"],
    ),
    (
        "OS was 76% for preoperative chemoradiation therapy and 74% for postoperative chemoradiation therapy.",
        ["OS 74% in postoperative chemoradiation therapy", "OS 76% in preoperative chemoradiation therapy"],
    ),
    (
        "Patients were randomised to letrozole plus ribociclib or placebo. An overall response rate of 45.2% was "
        "reported for letrozole plus ribociclib compared to 33.9% for placebo.",
        ["ORR 33.9% in placebo", "ORR 45.2% in letrozole plus ribociclib"],
    ),
    (
        "Patients were randomised to docetaxel, prednisone and letrozole or docetaxel and prednisone. The most common "
        "adverse events in the docetaxel, prednisone and letrozole group (n=50) compared with the docetaxel and "
        "prednisone alone group (n=49) were rash (12% vs 7%).",
        ["Rash 12% in docetaxel, prednisone and letrozole group", "Rash 7% in docetaxel and prednisone alone group"],
    ),
    (
        "Median OS was 23.1 months with docetaxel, prednisone, and letrozole (n = 50) vs 22.4 months with docetaxel and prednisone.",
        ["OS 22.4 mo in docetaxel and prednisone", "OS 23.1 mo in docetaxel, prednisone, and letrozole"],
    ),
    (
        "RFS was alike (high-dose arm = 57%, 95% CI = 51% to 63%; conventional-dose arm = 54%, 95% CI = 48% to 61%).",
        ["RFS 54% [48, 61] in conventional-dose arm", "RFS 57% [51, 63] in high-dose arm"],
    ),
    (
        "Women were randomised to letrozole (n = 40) or placebo (n = 41). Pain occurred in 44 (51%) of 86 patients "
        "assigned to early surgery and 45 (52%) of 87 patients allocated to late surgery.",
        ["Pain 51% = 44/86", "Pain 52% = 45/87"],
    ),
    (
        "Women were randomised to letrozole (n = 40) or placebo (n = 41). The objective response rate was similar: "
        "letrozole, 36.1%; placebo, 35.2%.",
        ["ORR 35.2% in placebo", "ORR 36.1% in letrozole"],
    ),
    (
        "Patients received letrozole plus ribociclib (n = 50) or placebo plus letrozole (n = 51). Median OS was not "
        "reached with letrozole and "
        "ribociclib versus 31.2 months with placebo.",
        ["OS 31.2 mo in placebo", "OS not reached in letrozole and ribociclib"],
    ),
    (
        "Patients were randomised to pemetrexed (n = 40) or to the observation arm. Median PFS was 3.1 months (95% CI "
        "2-5) on observation and "
        "3.6 months on pemetrexed.",
        ["PFS 3.1 mo [2, 5] in observation", "PFS 3.6 mo in pemetrexed"],
    ),
    (
        "Patients were randomised to letrozole (n = 40) or placebo (n = 41). Longer PFS was observed with letrozole "
        "(median, 8.2 v 5.6 months).",
        ["PFS 5.6 mo in placebo", "PFS 8.2 mo in letrozole"],
    ),
    (
        "Patients were randomised to letrozole (n = 40) or placebo (n = 41). Adverse events were more frequent with letrozole, including "
        "nausea (42% v 26%), and fatigue (29% v 23%).",
        ["Fatigue 23% in placebo", "Fatigue 29% in letrozole", "Nausea 26% in placebo", "Nausea 42% in letrozole"],
    ),
    (
        "The low-risk group and the high-risk group were compared. Median PFS and OS were 11.2 and 19.4 months for the low-risk group, and "
        "4.1 and 8.3 months for the high-risk group.",
        ["OS 19.4 mo in low-risk group", "OS 8.3 mo in high-risk group", "PFS 11.2 mo in low-risk group", "PFS 4.1 mo in high-risk group"],
    ),
    (
        "Patients were randomised to letrozole (n = 40) or placebo (n = 41). 4/40 (10%) letrozole and 21/41 (51%) placebo patients "
        "experienced recurrence.",
        ["RECURRENCE 10% = 4/40 in letrozole", "RECURRENCE 51% = 21/41 in placebo"],
    ),
    (
        "Patients were randomised to arm A (n = 40) or arm B (n = 41). Patients on arm A were offered surgery at "
        "relapse. The 5-year OS was 20%.",
        ["OS 20% at 60 mo"],
    ),
    (
        "Patients were randomised to arm A or arm B. In arm A, 5-year DFS and OS were 82% and 86%, while 87% and 90% in arm B.",
        ["DFS 82% at 60 mo in arm A", "DFS 87% at 60 mo in arm B", "OS 86% at 60 mo in arm A", "OS 90% at 60 mo in arm B"],
    ),
    (
        "Patients were randomised to arm A or arm B. In arm A, OS was 50% at 6 months and 26% at 12 months, versus 35% at 6 months and 11% "
        "at 12 months in arm B.",
        ["OS 11% at 12 mo in arm B", "OS 26% at 12 mo in arm A", "OS 35% at 6 mo in arm B", "OS 50% at 6 mo in arm A"],
    ),
    (
        "Patients were randomly assigned to arm A or arm B. Median OS was 15 months in arm A and 11 months in arm B (HR, 0.71; 95% CI, "
        "0.55-0.92; P = .009).",
        ["OS 11 mo in arm B", "OS 15 mo in arm A", "OS hazard_ratio 0.71 [0.55, 0.92] p=0.009"],
    ),
    (
        "Median PFS was 9.2 versus 6.4 months in the combination group and the placebo group, respectively (hazard ratio, 0.60).",
        ["PFS 6.4 mo in placebo group", "PFS 9.2 mo in combination group", "PFS hazard_ratio 0.6"],
    ),
    (
        "试验组和对照组的中位OS分别为15.2个月和11.4个月（HR=0.71，95%CI 0.55～0.92）。",
        ["OS 11.4 mo in 对照组", "OS 15.2 mo in 试验组", "OS hazard_ratio 0.71 [0.55, 0.92]"],
    ),
    (
        "Letrozole (n = 40) and anastrozole (n = 42) were compared. The ORR was 30% with letrozole and 22% with anastrozole.",
        ["ORR 22% in anastrozole", "ORR 30% in letrozole"],
    ),
    (
        "The 5-year OS was 59% vs 51% (P = .04) in the surgery and control groups.",
        ["OS 51% p=0.04 at 60 mo in control groups", "OS 59% p=0.04 at 60 mo in surgery"],
    ),
    ("The ORR was 40% vs 20% for cisplatin versus placebo.", ["ORR 20% in placebo", "ORR 40% in cisplatin"]),
    (
        "Median OS was 12.1 vs 9.8 months in the cisplatin and placebo arms.",
        ["OS 12.1 mo in cisplatin", "OS 9.8 mo in placebo arms"],
    ),
    (
        "Adverse events occurred in 45% of patients in the placebo group and 60% in the combination group.",
        ["ANYAE 45% in placebo group", "ANYAE 60% in combination group"],
    ),
    (
        "Women were randomised to radiotherapy (n = 30) or not (n = 31). Relapse was seen in 12% with radiotherapy and 25% with none.",
        ["RECURRENCE 12% in radiotherapy", "RECURRENCE 25%"],
    ),
    (
        "Patients were randomly assigned to arm A or arm B. Those with metastases had a shorter OS than patients with none (7 versus "
        "16 months).",
        ["OS 16 mo", "OS 7 mo"],
    ),
    (
        "Patients received letrozole 2 mg for 6 months, followed by exemestane 25 mg. Two-year PFS was higher after letrozole (41%).",
        ["PFS 41% at 24 mo"],
    ),
    (
        "Letrozole (n = 40) and placebo (n = 42) were compared. Of 82 women, 70 responded (38 (54%) letrozole and 32 (46%) placebo).",
        ["ORR 46% = 32 in placebo", "ORR 54% = 38 in letrozole"],
    ),
    (
        "Letrozole (n = 40) and placebo (n = 42) were compared. DFS was lower in the placebo group (44% vs. 57%).",
        ["DFS 44% in placebo group", "DFS 57% in Letrozole"],
    ),
    (
        "Letrozole (n = 40) and placebo (n = 42) were compared. DFS was lower in the placebo group (57% vs. 44%).",
        ["DFS 44%", "DFS 57%"],
    ),
    (
        "Women received early FEC (n = 40), late FEC (n = 42) or surgery (n = 44). DFS was 79% and 77%, respectively.",
        ["DFS 77%", "DFS 79%"],
    ),
    ("OS was 9 months in the entire cohort, 8 months in arm A and 7 months in arm B.", ["OS 7 mo in arm B", "OS 8 mo in arm A", "OS 9 mo"]),
    ("Median OS: 21 (18-26) vs 18 (14-22) months.", ["OS 18 mo [14, 22]", "OS 21 mo [18, 26]"]),
    ("ORR 57% (CR 21%) vs 43% (CR 11%).", ["CR_RATE 11%", "CR_RATE 21%", "ORR 43%", "ORR 57%"]),
]
NEUTROPENIA = "Neutrophil count decreased"
EVENTS: list[tuple[str, list[str]]] = [
    ("Grade 3 or 4 neutropenia occurred in 24% of patients.", [f"{NEUTROPENIA} grade 3-4 24%"]),
    (
        "The most common grade 3-4 adverse events were neutropenia (24%), anemia (12%) and fatigue (6%).",
        ["Anemia grade 3-4 12%", "Fatigue grade 3-4 6%", f"{NEUTROPENIA} grade 3-4 24%"],
    ),
    (
        "最常见的3-4级不良事件为中性粒细胞减少（24%）、贫血（12%）和乏力（6%）。",
        ["Anemia grade 3-4 12%", "Fatigue grade 3-4 6%", f"{NEUTROPENIA} grade 3-4 24%"],
    ),
    (
        "Treatment-related adverse events of grade 3 or higher occurred in 18 of 60 patients (30%).",
        ["ANYAE grade 3-5 treatment_related 30% = 18/60"],
    ),
    ("21例（70%）患者发生≥3级TEAE。", ["ANYAE grade 3-5 treatment_emergent 70% = 21"]),
    ("Serious adverse events occurred in 15% of patients.", ["ANYAE serious 15%"]),
    ("Rash was common (12 [22%]), with 3 patients (6%) having rash of grade 3.", ["Rash 22% = 12", "Rash grade 3-3 6% = 3"]),
    (
        "Grade 3 adverse events occurred in 20%, and serious adverse events of any grade in 11%.",
        ["ANYAE grade 3-3 20%", "ANYAE serious 11%"],
    ),
    ("Nausea of grade 1 or 2 (12%) was seen.", ["Nausea grade 1-2 12%"]),
    ("In all, 96 women with recurrent squamous cell cancer received letrozole (n = 48).", []),
    ("Rash (any grade, 40%; grade 3, 5%) was seen.", ["Rash 40%", "Rash grade 3-3 5%"]),
    ("Pruritus and rash (33% each) were reported.", ["Pruritus 33%", "Rash 33%"]),
    ("Discontinuation due to adverse events occurred in 8% of patients.", ["DISC 8%"]),
    ("Two patients died of sepsis.", ["DEATH 2"]),
    ("No radiation pneumonitis was reported.", ["Pneumonitis absent"]),
    ("未发生放射性肺炎。", ["Pneumonitis absent"]),
]
NOTHING = [
    "Long-term recurrence in a randomised trial of three and six years of adjuvant letrozole.",
    "Patients received topotecan followed 5 hours later by gemcitabine weekly for 3 of 4 weeks.",
    "The study was designed to detect a hazard ratio of 0.65 with 80% power.",
    "In previous studies the median PFS was 12 months.",
    "OS was improved, with a 34% reduction in the risk of death.",
    "No significant difference in neutropenia was seen.",
    "No new safety signals were observed.",
    "Eligible patients were older than 18 years and had a life expectancy of more than 3 months.",
    "入组患者年龄大于18岁，预计生存期超过3个月。",
    "The weather was fine for 3 months, and 20% of the shops were open.",
]


@pytest.mark.parametrize(("text", "lines"), [*OUTCOMES, *GROUPS, *EVENTS])
def test_a_sentence_says_what_was_measured_in_whom_with_which_result(text: str, lines: list[str]) -> None:
    """No more, no less; a swapped group is the worst of errors."""
    assert _told(text) == lines


@pytest.mark.parametrize("text", NOTHING)
def test_what_is_no_result_is_not_found(text: str) -> None:
    """Plans, other studies, relative risks, differences that were not there, who may take part."""
    assert _told(text) == []


PIECES = [
    *("median", "OS", "PFS", "ORR", "overall survival", "中位", "客观缓解率", "follow-up", "neutropenia", "贫血", "TEAE", "deaths", "HR"),
    *("8.3", "12", "40%", "12.5 months", "9个月", "3/20", "12 (30%)", "not reached", "95% CI", "4-9", "P < .05", "grade 3", "≥3级"),
    *("versus", "and", "和", "respectively", "分别为", "was", "为", "in", "of", "with", "than", "each", "no", "未发生", "most common"),
    *(
        "arm A",
        "arm B",
        "试验组",
        "对照组",
        "cisplatin",
        "placebo",
        "patients",
        "例",
        "at 2 years",
        "1年",
        "(",
        ")",
        ",",
        ";",
        "；",
        ":",
        "。",
    ),
]
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=30).map(" ".join)


def _leaves(found: Sequence[Token]) -> Iterable[Token]:
    for token in found:
        yield from _leaves(token.parts) if token.parts else (token,)


@given(TEXTS)
def test_any_text_is_read_and_no_finding_has_a_number_that_is_not_there(text: str) -> None:
    """Whatever stands beside what."""
    written = {float(token.value) for token in _leaves(parsed_report(text)) if isinstance(token.value, int | float)}
    for value in (one.value for one in _found(text)):
        count = value.count
        figures = (value.percent, value.time and value.time.number, value.number, count and count.n, count and count.total)
        assert all(figure in written for figure in figures if figure is not None)


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=20).map(" ".join), st.text(alphabet=" \n.。", max_size=3))
@settings(max_examples=50)
def test_a_sentence_is_read_alike_whatever_stands_after_its_end(text: str, blanks: str) -> None:
    """Ends of lines and of sentences change nothing. Without its own end an "A" may be the beginning of more."""
    assert _told(f"{text}.") == _told(f"{text}.{blanks}")


def test_long_texts_take_time_in_proportion() -> None:
    """A list of a thousand events is read in about ten times the time of a hundred."""

    def seconds(n: int) -> float:
        text = "Grade 3 events were " + ", ".join(["neutropenia (24%)"] * n)
        start = process_time()
        assert len(_found(text)) == n
        return process_time() - start

    seconds(100)
    assert seconds(2000) < 40 * max(seconds(200), 0.01)
