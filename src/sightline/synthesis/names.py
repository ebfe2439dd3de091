"""Names of several traditions, their nicknames, and how often each tradition is met in Saltmere.

The lists are our own: common given and family names, paired at random. All fit in Windows-1252, because one of the invented agencies
still writes that encoding.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tradition:
    """Names that go together: for girls, for boys, and of families."""

    girls: tuple[str, ...]
    boys: tuple[str, ...]
    families: tuple[str, ...]


def tradition(girls: str, boys: str, families: str) -> Tradition:
    """Make a tradition from three lists written with spaces between the names."""
    return Tradition(tuple(girls.split()), tuple(boys.split()), tuple(families.split()))


BRITISH = tradition(
    girls="""
    Olivia Amelia Isla Ava Ivy Freya Lily Florence Mia Willow Rosie Sophia Isabella Grace Daisy Sienna Poppy Elsie Emily Ella Evelyn
    Phoebe Evie Charlotte Harper Millie Matilda Maya Sophie Ada Emilia Isabelle Mabel Eliza Alice Penelope Aria Harriet Hallie Luna
    Maisie Bonnie Thea Orla Arabella Robyn Violet Lottie Ruby Eleanor Jessica Erin Lucy Chloe Megan Holly Amber Lauren Bethany
    Abigail Katie Jasmine Georgia Summer Scarlett Lexi Imogen Elizabeth Zara Martha Niamh Caitlin Paige Leah Rebecca Hannah Molly
    Victoria Francesca Lydia Tilly Heidi Darcy Lola Esme Beatrice Annabelle Margaret Nancy Skye Lacey Courtney Shannon Kayleigh Jade
    Tia Ellie Libby Faith Hope Keira Gabriella Natasha Alexandra Zoë Siân Rhiannon Cerys Catherine Samantha Stephanie Josephine
    Genevieve Clementine Winifred Dorothy
    """,
    boys="""
    Noah Oliver George Arthur Muhammad Leo Harry Oscar Archie Henry Theo Freddie Jack Charlie Theodore Alfie Jacob Thomas Finley
    Arlo William Lucas Roman Tommy Isaac Teddy Alexander Luca Edward James Joshua Albie Elijah Max Mason Rory Jude Ethan Reuben
    Hunter Louie Albert Bobby Jaxon Daniel Joseph Reggie Sebastian Benjamin Samuel Dylan Logan Harrison Ezra Toby Riley Adam Zachary
    Ronnie Caleb Frankie Frederick Stanley Gabriel Jenson Hugo Elliott Carter Michael Ralph Callum Connor Liam Ryan Kieran Nathan
    Luke Matthew Jamie Lewis Cameron Tyler Jordan Kyle Bradley Brandon Robert Anthony Christopher Nicholas Jonathan Patrick Dominic
    Ellis Owen Rhys Evan Morgan Kian Declan Aiden Blake Corey Ashton Leon Kai Jay Sonny Ralphie Vinnie Rowan Gethin Angus Fraser
    Stephen Gregory Timothy
    """,
    families="""
    Smith Jones Taylor Brown Williams Wilson Johnson Davies Robinson Wright Thompson Evans Walker White Roberts Green Hall Wood
    Jackson Clarke Clark Harrison Scott Cooper King Davis Baker Martin Morris James Morgan Allen Moore Parker Watson Ward Turner
    Hill Edwards Harris Lewis Young Hughes Carter Shaw Bell Richardson Cook Bailey Collins Bennett Marshall Cox Foster Webb Mitchell
    Phillips Adams Simpson Anderson Mason Wilkinson Lloyd Holmes Palmer Rogers Gibson Barnes Knight Butler Matthews Stevens Barker
    Harvey Jenkins Fisher Hunt Dixon Graham Chapman Powell Russell Fletcher Andrews Howard Pearson Elliott Reynolds Payne Fox Day
    Pearce Brooks West Lawrence Atkinson Bradley Spencer Dawson Watts Burton Wells Gardner Stephenson Armstrong Carr Lane Hudson
    Walsh Hart Newton Hopkins Grant Nicholson Porter Woods Gray Perry Ellis Murray Cole Ford Reed Cunningham Rose Saunders Bates
    Hawkins Arnold Warren Hayes Barrett Riley Nelson Dunn Kemp Hodgson Oliver Moss Henderson Francis Burns Pritchard Frost Kirby
    Lamb Winter Sharp Lambert Booth Preston Stokes Garner Holland Poole Field Hewitt Parsons Sutton Tucker Goodwin Fuller Yates
    Weston Thornton Hammond Norris Whitehead Barton Flynn Naylor Slater Bird Summers Blackburn Mellor Haigh Crossley Ramsden Hartley
    Sykes Ogden Tinsley Marsden Ackroyd Bamford Cartwright Peacock Swift Horsfall Larkin Pickering Skelton Brennand Thackeray
    Ellwood Metcalfe Raine Seaton Harker Coverdale Stainton Garbutt Weatherill Pallister Hebden Dobson Trotter Liddell Robson
    Charlton Milburn Forster Nixon Storey Hetherington Elwick Brough Tindale Fenwick Ridley Heron Swinburne Thirlwell Rutter Sowerby
    Hutchinson Bainbridge Wearmouth Coates Applegarth Thistlethwaite Postgate Lofthouse Verrill Theaker Unthank Featherstone
    Grainger Wetherell Readman Leng Cockerill Stonehouse Marwood Agar Dowson Mothersdale Barraclough Greenwood Hoyle Illingworth
    Jagger Kershaw Lumb Midgley Nutter Oldroyd Priestley Rushworth Sutcliffe Uttley Varley Wadsworth Penrose Trevelyan Nancarrow
    Tregenza Polglase Rosewarne Chenoweth Bosanko Kitto Pascoe Angwin Bolitho Curnow Hocking Jago Keast
    """,
)
IRISH = tradition(
    girls="""
    Aoife Saoirse Ciara Niamh Róisín Sinéad Caoimhe Clodagh Orlaith Éabha Fiadh Muireann Aisling Bríd Maeve Kathleen Margaret
    Bridget
    """,
    boys="""
    Conor Seán Cillian Oisín Fionn Darragh Cormac Tadhg Rían Daithí Eoin Patrick Ciarán Niall Martin Brendan Eamonn Padraig
    """,
    families="""
    Murphy Kelly O'Sullivan Walsh O'Brien Byrne Ryan O'Connor O'Neill O'Reilly Doyle McCarthy Gallagher Doherty Kennedy Lynch Murray
    Quinn McLoughlin Carroll Connolly Daly O'Connell Wilson Dunne Brennan Burke Collins Clarke Ward Joyce Stokes Maughan Cash
    McDonagh
    """,
)
EAST_EUROPEAN = tradition(
    girls="""
    Zuzanna Julia Maja Hanna Lena Alicja Oliwia Aleksandra Amelia Natalia Wiktoria Nikola Gabriela Andreea Ioana Elena Daria Bianca
    Ana Larisa Anastasija Sofija Liepa Emilija Viktoria Mirela Denisa Kamila Karolina Magdalena
    """,
    boys="""
    Antoni Jakub Jan Szymon Franciszek Filip Aleksander Mikolaj Wojciech Kacper Adam Michal Oskar Andrei Alexandru Matei Stefan Luca
    Ionut Bogdan Dominykas Matas Jonas Lukas Kristijan Denis Patrik Tomasz Mateusz Dawid
    """,
    families="""
    Nowak Kowalski Wisniewski Wójcik Kowalczyk Kaminski Lewandowski Zielinski Szymanski Wozniak Dabrowski Kozlowski Jankowski Mazur
    Kwiatkowski Krawczyk Popescu Ionescu Popa Dumitru Stan Stoica Gheorghe Matei Rusu Munteanu Kazlauskas Petrauskas Jankauskas
    Horváth Novák Dimitrov Ivanov Georgiev Todorov Varga Lakatos Ciobanu Moldovan Radu
    """,
)
SOUTH_ASIAN_MUSLIM = tradition(
    girls="""
    Aisha Fatima Maryam Zainab Khadija Amina Hafsa Inaaya Safa Sumaya Noor Iqra Zahra Sara Hania Anaya Aleena Mahnoor Sana Rabia
    Saima Nadia Tahira Bushra Uzma Samina Ayesha Zoya Laiba Eshal
    """,
    boys="""
    Muhammad Mohammed Mohammad Ibrahim Yusuf Adam Zakariya Musa Hamza Ali Hassan Hussain Abdullah Umar Bilal Ayaan Zayn Rayyan Haris
    Idris Usman Imran Faisal Tariq Kamran Shahid Abdul Ismail Danyal Eesa
    """,
    families="""
    Khan Ahmed Hussain Ali Begum Akhtar Mahmood Malik Iqbal Mohammed Shah Rahman Miah Uddin Choudhury Chowdhury Islam Hassan Mirza
    Qureshi Sheikh Bibi Butt Aslam Rashid Javed Hanif Saleem Anwar Parveen Zaman Haque Kabir Alam Siddique Raja Dar Bhatti Ashraf
    Nawaz
    """,
)
SOUTH_ASIAN = tradition(
    girls="""
    Aanya Diya Saanvi Ananya Priya Kavya Isha Meera Riya Anika Neha Pooja Simran Jasleen Harleen Gurleen Navneet Kiran Manpreet Asha
    Lakshmi Divya Nisha Rani Tara
    """,
    boys="""
    Arjun Aarav Vihaan Rohan Dev Krish Ishaan Aryan Rahul Nikhil Karan Harpreet Gurpreet Jaspreet Manraj Sukhdev Balraj Vikram
    Sanjay Anil Ravi Kunal Dhruv Veer Jai
    """,
    families="""
    Patel Singh Kaur Shah Sharma Kumar Gill Sandhu Dhillon Sidhu Mistry Desai Joshi Mehta Chauhan Gupta Verma Reddy Nair Pillai Rai
    Thakur Solanki Parmar Bains Grewal Johal Atwal Menon Thomas
    """,
)
AFRICAN = tradition(
    girls="""
    Adaeze Chiamaka Ngozi Amara Ifeoma Temitope Folasade Abeni Ayomide Damilola Akosua Abena Efua Esi Amina Hodan Ifrah Sagal Hibo
    Naima Blessing Grace Precious Mercy Tendai Rudo Chipo Thandiwe Nyasha Makena
    """,
    boys="""
    Chinedu Emeka Obinna Chukwuemeka Ikenna Oluwaseun Tobi Ayodele Babatunde Kayode Kwame Kofi Kwabena Yaw Kojo Abdi Liban Mahad
    Guled Ayub Emmanuel Samuel Joshua Daniel David Tinashe Tatenda Farai Tawanda Kamau
    """,
    families="""
    Okafor Adeyemi Okonkwo Eze Nwosu Balogun Adebayo Ogunleye Oyelaran Ibrahim Mensah Owusu Boateng Asante Osei Appiah Agyeman Amoah
    Abdi Mohamud Warsame Farah Hersi Jama Moyo Ncube Sibanda Dube Chikwanda Mutasa Banda Phiri Kamara Sesay Bangura Diallo Tesfaye
    Bekele Haile Mwangi
    """,
)
CARIBBEAN = tradition(
    girls="""
    Shanice Tianna Kiara Aaliyah Renee Monique Jada Imani Tanisha Chantelle Keisha Nevaeh Simone Naomi Zuri Destiny Ebony Latoya
    Amani Kezia
    """,
    boys="""
    Jayden Tyrell Malachi Isaiah Jerome Dwayne Marlon Tremaine Rashawn Kymani Javon Deandre Nathaniel Zion Micah Ezekiel Curtis
    Leroy Delroy Omari
    """,
    families="""
    Campbell Brown Williams Grant Reid Gordon Powell Morrison Henry Bailey Francis Stewart Thomas Clarke Palmer Walters Richards
    Lewis McKenzie Blake Barrett Daley Gayle Bennett Samuels Wilson Charles Joseph Alleyne Braithwaite
    """,
)
CHINESE = tradition(
    girls="Mei Xin Yan Jing Ling Hui Ying Yuting Zihan Xinyi Jiayi Siu Wing Hoi Tsz",
    boys="Wei Ming Jun Hao Chen Lei Yang Zihao Haoran Yichen Kin Chun Lok Ho Yat",
    families="Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Chan Wong Cheung Lau Ng Leung Ho Lam Tsang Kwok",
)
ARABIC = tradition(
    girls="""
    Layla Yasmin Salma Rania Huda Nour Lina Dalia Samira Jana Malak Rawan Shirin Dilan Zeynep Elif Parisa Laila Hala Reem
    """,
    boys="""
    Omar Khalid Karim Tarek Samir Nabil Rami Walid Fadi Amir Yousef Anas Ahmad Mustafa Baran Emre Reza Navid Jamal Zaid
    """,
    families="""
    Al-Sayed Haddad Khoury Mansour Saleh Nasser Abdullah Aziz Darwish Hamdan Yilmaz Demir Kaya Karimi Ahmadi Rezaei Barzani Osman
    Hakimi Noori Rahimi Sharif Qasim Jaber Mousa
    """,
)

ETHNICITIES: tuple[tuple[str, str, str, Tradition, float], ...] = (
    # code of the children in need census, common group, 16+1 code, names, share of families
    ("WBRI", "white", "W1", BRITISH, 0.742),
    ("WIRI", "white", "W2", IRISH, 0.008),
    ("WIRT", "white", "W9", IRISH, 0.003),
    ("WROM", "white", "W9", EAST_EUROPEAN, 0.006),
    ("WOTH", "white", "W9", EAST_EUROPEAN, 0.055),
    ("MWBC", "mixed", "M1", CARIBBEAN, 0.020),
    ("MWBA", "mixed", "M2", AFRICAN, 0.010),
    ("MWAS", "mixed", "M3", BRITISH, 0.015),
    ("MOTH", "mixed", "M9", BRITISH, 0.012),
    ("AIND", "asian", "A1", SOUTH_ASIAN, 0.015),
    ("APKN", "asian", "A2", SOUTH_ASIAN_MUSLIM, 0.030),
    ("ABAN", "asian", "A3", SOUTH_ASIAN_MUSLIM, 0.012),
    ("AOTH", "asian", "A9", SOUTH_ASIAN, 0.010),
    ("CHNE", "asian", "O1", CHINESE, 0.005),
    ("BCRB", "black", "B1", CARIBBEAN, 0.010),
    ("BAFR", "black", "B2", AFRICAN, 0.022),
    ("BOTH", "black", "B9", AFRICAN, 0.007),
    ("OOTH", "other", "O9", ARABIC, 0.018),
)
"""Ethnic groups of the area: how each vocabulary writes them, the names met most often in them, and their share of families."""

NICKNAMES: dict[str, str] = dict(
    pair.split(":")
    for pair in [
        "Olivia:Liv",
        "Amelia:Millie",
        "Isabella:Bella",
        "Isabelle:Izzy",
        "Sophia:Sophie",
        "Charlotte:Charlie",
        "Matilda:Tilly",
        "Eleanor:Ellie",
        "Elizabeth:Beth",
        "Jessica:Jess",
        "Abigail:Abi",
        "Rebecca:Becky",
        "Katie:Kate",
        "Victoria:Vicky",
        "Francesca:Frankie",
        "Beatrice:Bea",
        "Annabelle:Anna",
        "Margaret:Maggie",
        "Gabriella:Gabby",
        "Natasha:Tash",
        "Alexandra:Alex",
        "Catherine:Cath",
        "Samantha:Sam",
        "Stephanie:Steph",
        "Josephine:Josie",
        "Genevieve:Evie",
        "Harriet:Hattie",
        "Evelyn:Evie",
        "Penelope:Penny",
        "Florence:Flo",
        "Georgia:George",
        "Bethany:Beth",
        "Kayleigh:Kay",
        "Lauren:Loz",
        "Megan:Meg",
        "Emily:Em",
        "Arabella:Bella",
        "Oliver:Ollie",
        "Arthur:Art",
        "Theodore:Teddy",
        "Alexander:Alex",
        "William:Billy",
        "Edward:Ted",
        "James:Jim",
        "Joshua:Josh",
        "Joseph:Joe",
        "Sebastian:Seb",
        "Benjamin:Ben",
        "Samuel:Sam",
        "Harrison:Harry",
        "Zachary:Zac",
        "Frederick:Fred",
        "Gabriel:Gabe",
        "Michael:Mike",
        "Matthew:Matt",
        "Nathan:Nate",
        "Robert:Rob",
        "Anthony:Tony",
        "Christopher:Chris",
        "Nicholas:Nick",
        "Jonathan:Jon",
        "Patrick:Paddy",
        "Dominic:Dom",
        "Thomas:Tom",
        "Daniel:Dan",
        "Jacob:Jake",
        "Cameron:Cam",
        "Brandon:Bran",
        "Bradley:Brad",
        "Stephen:Steve",
        "Gregory:Greg",
        "Timothy:Tim",
        "Archie:Arch",
        "Elijah:Eli",
        "Reuben:Ben",
        "Isaac:Zac",
        "Albert:Bertie",
        "Aleksandra:Ola",
        "Aleksander:Alek",
        "Zuzanna:Zuzia",
        "Wiktoria:Wika",
        "Katarzyna:Kasia",
        "Jakub:Kuba",
        "Szymon:Szymek",
        "Alexandru:Alex",
        "Andreea:Andra",
        "Magdalena:Magda",
        "Mateusz:Mati",
        "Muhammad:Mo",
        "Mohammed:Mo",
        "Mohammad:Mo",
        "Ibrahim:Ibby",
        "Abdullah:Abdul",
        "Zakariya:Zak",
        "Khadija:Dija",
        "Maryam:Mimi",
        "Chukwuemeka:Emeka",
        "Oluwaseun:Seun",
        "Ayomide:Ayo",
        "Damilola:Dami",
        "Temitope:Temi",
        "Emmanuel:Manny",
        "Babatunde:Tunde",
        "Folasade:Sade",
        "Chiamaka:Amaka",
        "Nathaniel:Nate",
        "Malachi:Mal",
        "Ezekiel:Zeke",
        "Tanisha:Tan",
        "Harpreet:Harry",
        "Gurpreet:Gary",
        "Jaspreet:Jas",
        "Manpreet:Mani",
        "Saoirse:Sersha",
        "Caoimhe:Keeva",
        "Kathleen:Kath",
        "Bridget:Bridie",
        "Yousef:Joe",
        "Mustafa:Mus",
        "Margaret:Meg",
        "Tyrell:Ty",
        "Tremaine:Trey",
        "Isaiah:Zay",
    ]
)
"""A name a child may go by instead of the one on the birth certificate."""
