"""What is special about English: words without meaning of their own, irregular forms, everyday words for the same thing."""

_EMPTY = """
a an the of is are was were be been being am to in on at for from by with and or but so as than this that these those it its i me my mine
you your yours he him his she her hers we us our ours they them their theirs have has had having do does did done s t d ll m re ve
"""
_ASKING = """
what when where which who whom whose why how there here then if into like through after over between out against during without before
under around about among not no nor would could should will shall can may might must don
"""

EMPTY = frozenset(_EMPTY.split())
"""Words that are not indexed: they stand everywhere. The last ones are what an apostrophe leaves."""

ASKING = EMPTY | frozenset(_ASKING.split())
"""Words that a question is built of: looked for only when a query has no others."""

_IRREGULAR = """
go went gone goes; buy bought; bring brought; think thought; teach taught; catch caught; fight fought; seek sought; make made; take took taken;
give gave given; come came; become became; see saw seen; get got gotten; know knew known; grow grew grown; throw threw thrown; fly flew flown;
draw drew drawn; blow blew blown; say said; tell told; sell sold; find found; lose lost; win won; feel felt; keep kept; leave left; meet met;
send sent; spend spent; build built; lend lent; sleep slept; write wrote written; drive drove driven; ride rode ridden; rise rose risen;
eat ate eaten; drink drank drunk; swim swam swum; sing sang sung; run ran; begin began begun; speak spoke spoken; break broke broken;
choose chose chosen; wake woke woken; forget forgot forgotten; hide hid hidden; bite bit bitten; hold held; hear heard; pay paid; stand stood;
understand understood; wear wore worn; tear tore torn; sit sat; shoot shot; stick stuck; hang hung; dig dug; fall fell fallen; steal stole stolen;
lead led; light lit; feed fed; lie lay; lay laid; shake shook shaken; freeze froze frozen; ring rang rung; swear swore sworn; bear born;
child children; man men; woman women; foot feet; tooth teeth; mouse mice; person people; wife wives; knife knives; half halves
"""

_RELATED = """
movie film cinema; child kid son daughter toddler; baby newborn infant; photo picture image snapshot; job work career profession occupation;
boss manager supervisor; colleague coworker; trip travel vacation holiday journey; doctor physician clinic; hospital clinic; ill sick disease;
injury hurt wound; car vehicle truck; bicycle bike cycling; phone mobile smartphone; buy purchase shop order; begin start; stop quit;
big large huge; small little tiny; happy glad excited; sad upset unhappy; afraid scared fear; angry mad annoyed; gift present;
house home apartment flat; city town; country nation abroad; dog puppy; cat kitten; pet dog cat puppy kitten; parent mother father mom dad;
mother mom mum; father dad; grandmother grandma; grandfather grandpa; sibling brother sister; spouse husband wife partner;
marriage wedding marry husband wife; partner girlfriend boyfriend dating; relative family cousin aunt uncle; friend buddy pal;
meal dinner lunch breakfast; food meal dish; cook bake recipe; dessert cake pie cookie; drink coffee tea beverage; restaurant cafe;
exercise workout gym fitness; sport basketball football soccer tennis; hobby pastime interest; music song band concert;
instrument guitar piano violin drum; concert gig show; book novel; author writer; art painting drawing; paint draw sketch; teacher professor;
school class course; university college degree; study learn; exam test; money cost price; cheap affordable; expensive costly; move relocate;
live reside; help assist support; volunteer charity donate; event party festival; party celebrate; win victory award prize; prize award trophy medal;
competition contest tournament race; team club group; like love enjoy favorite prefer; favorite favourite prefer; hate dislike;
plan goal intend hope; dream goal ambition; worry anxious stress nervous; relax calm rest; hike trail walk trek; camp tent; beach ocean sea;
mountain hill; forest wood; garden plant flower; computer laptop; game gaming; program code software; website site; business company startup;
religion church faith; allergy allergic; medicine medication pill drug; clothes outfit dress shirt; shoe sneaker boot;
jewelry necklace ring bracelet; color colour; speak talk discuss chat; see watch; finish complete; build create; fix repair; accident crash;
death die; birthday born
"""

_KIN = """
sister brother sibling mother mom mum mummy father dad daddy parent grandmother grandma grandfather grandpa granddaughter grandson son daughter
child children kid baby wife husband spouse partner fiance fiancee girlfriend boyfriend friend aunt uncle niece nephew cousin relative family
boss manager colleague coworker neighbour neighbor roommate flatmate doctor dentist teacher dog cat pet
"""

KIN = frozenset(_KIN.split())
"""Who may be meant by "my …": somebody else than the one who asks."""


def _rows(text: str) -> list[list[str]]:
    return [row.split() for row in text.split(";")]


IRREGULAR: dict[str, str] = {form: first for first, *forms in _rows(_IRREGULAR) for form in forms}
"""An irregular form: its base form."""

RELATED: tuple[tuple[str, ...], ...] = tuple(tuple(row) for row in _rows(_RELATED))
"""A word, then words that are often said for it. The first word stands for each of the others, but they not for one another."""
