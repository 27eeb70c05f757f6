"""Where in a city a store lies: quarters and sights that make up its name."""

from msgspec import Struct


class Landmark(Struct, frozen=True):
    """A quarter or sight, in both languages."""

    en: str
    zh: str


def _pairs(text: str) -> tuple[Landmark, ...]:
    return tuple(Landmark(*pair.split("=")) for pair in text.split("; "))


ANYWHERE = _pairs(
    "People's Square=人民广场; Railway Station=火车站; High-speed Station=高铁站; "
    "Zhongshan Road=中山路; Jiefang Road=解放路; Renmin Road=人民路; Jianshe Road=建设路; "
    "Riverside=滨江; New District=新区; Old Town=老城; Pedestrian Street=步行街; "
    "University Town=大学城; Convention Centre=会展中心; Airport Road=机场路; Stadium=体育场; "
    "South Gate=南门; East Gate=东门; North Gate=北门; West Gate=西门; Museum=博物馆; "
    "Cultural Palace=文化宫; Development Zone=开发区; Coach Station=客运站; Drum Tower=鼓楼; "
    "Botanical Garden=植物园; Lakeside Park=湖滨公园; Central Park=中央公园; "
    "Science Park=科技园; Wenhua Road=文化路; Heping Road=和平路; Xinhua Road=新华路; "
    "Guangming Road=光明路; Library=图书馆; Grand Theatre=大剧院; City Hall=市民中心; "
    "Dongfeng Road=东风路; Changjiang Road=长江路; Huanghe Road=黄河路; Night Market=夜市; "
    "Flower Market=花市; Teachers' College=师范学院; Ring Road East=东环路; "
    "Ring Road West=西环路; Children's Palace=少年宫; Exhibition Hall=展览馆"
)

OF_CITY = {
    "Beijing": _pairs(
        "Wangfujing=王府井; Qianmen=前门; Gulou=鼓楼; Dongzhimen=东直门; Zhongguancun=中关村; "
        "Sanlitun=三里屯; Xidan=西单; Guomao=国贸; Shichahai=什刹海; Summer Palace=颐和园; "
        "Beijing South Station=北京南站; Wudaokou=五道口; Badaling=八达岭"
    ),
    "Shanghai": _pairs(
        "The Bund=外滩; Nanjing Road=南京路; Xujiahui=徐家汇; Lujiazui=陆家嘴; Hongqiao=虹桥; "
        "Jing'an=静安; Xintiandi=新天地; Yu Garden=豫园; Wukang Road=武康路; Wujiaochang=五角场; "
        "Zhujiajiao=朱家角; Suzhou Creek=苏州河; Dishui Lake=滴水湖"
    ),
    "Nanjing": _pairs(
        "Confucius Temple=夫子庙; Xinjiekou=新街口; Xuanwu Lake=玄武湖; Laomendong=老门东; "
        "Purple Mountain=紫金山; Qinhuai River=秦淮河; Nanjing South Station=南京南站; "
        "Presidential Palace=总统府; Hexi=河西; Yihe Road=颐和路; Xianlin=仙林"
    ),
    "Hangzhou": _pairs(
        "West Lake=西湖; Hefang Street=河坊街; Wulin Square=武林广场; Lingyin=灵隐; "
        "Xixi Wetland=西溪湿地; Longjing=龙井; Qianjiang New City=钱江新城; Grand Canal=大运河; "
        "Hangzhou East Station=杭州东站; Binjiang=滨江"
    ),
    "Xi'an": _pairs(
        "Bell Tower=钟楼; Big Wild Goose Pagoda=大雁塔; Muslim Quarter=回民街; City Wall=城墙; "
        "Xiaozhai=小寨; Qujiang=曲江; Xi'an North Station=西安北站; Yongning Gate=永宁门; "
        "Lintong=临潼; Gaoxin=高新"
    ),
    "Chengdu": _pairs(
        "Chunxi Road=春熙路; Kuanzhai Alley=宽窄巷子; Jinli=锦里; Tianfu Square=天府广场; "
        "Taikoo Li=太古里; Wenshu Monastery=文殊院; Yulin=玉林; Jiaozi Avenue=交子大道; "
        "Panda Base=熊猫基地; Chengdu East Station=成都东站"
    ),
    "Guangzhou": _pairs(
        "Beijing Road=北京路; Shamian=沙面; Tianhe=天河; Zhujiang New Town=珠江新城; "
        "Shangxiajiu=上下九; Chen Clan Hall=陈家祠; Canton Tower=广州塔; Yuexiu Park=越秀公园; "
        "Guangzhou South Station=广州南站; Panyu=番禺"
    ),
    "Suzhou": _pairs(
        "Pingjiang Road=平江路; Guanqian Street=观前街; Shantang Street=山塘街; "
        "Jinji Lake=金鸡湖; Humble Administrator's Garden=拙政园; Shihu Lake=石湖; Tongli=同里"
    ),
    "Chongqing": _pairs(
        "Jiefangbei=解放碑; Hongya Cave=洪崖洞; Ciqikou=磁器口; Guanyinqiao=观音桥; "
        "Shapingba=沙坪坝; Nanshan=南山; Chaotianmen=朝天门; Danzishi=弹子石"
    ),
    "Xiamen": _pairs(
        "Gulangyu=鼓浪屿; Zhongshan Road=中山路; Zengcuo'an=曾厝垵; Huandao Road=环岛路; "
        "Jimei=集美; Shapowei=沙坡尾; Wuyuan Bay=五缘湾"
    ),
    "Sanya": _pairs(
        "Yalong Bay=亚龙湾; Haitang Bay=海棠湾; Sanya Bay=三亚湾; Dadonghai=大东海; "
        "Tianya Haijiao=天涯海角; Nanshan=南山; Phoenix Island=凤凰岛"
    ),
    "Lijiang": _pairs(
        "Sifang Street=四方街; Shuhe=束河; Baisha=白沙; Black Dragon Pool=黑龙潭; "
        "Jade Dragon Mountain=玉龙雪山; Lashi Lake=拉市海"
    ),
    "Dali": _pairs(
        "Ancient City=大理古城; Erhai=洱海; Xizhou=喜洲; Shuanglang=双廊; Cangshan=苍山; "
        "Caicun Wharf=才村码头"
    ),
    "Qingdao": _pairs(
        "Zhanqiao Pier=栈桥; Badaguan=八大关; May Fourth Square=五四广场; Laoshan=崂山; "
        "Shilaoren=石老人; Golden Beach=金沙滩; Taidong=台东"
    ),
    "Guilin": _pairs(
        "Elephant Trunk Hill=象鼻山; Two Rivers Four Lakes=两江四湖; East West Lane=东西巷; "
        "Seven Star Park=七星公园; Longji=龙脊"
    ),
    "Kunming": _pairs(
        "Green Lake=翠湖; Dianchi=滇池; Nanping Street=南屏街; Dounan=斗南; Stone Forest=石林"
    ),
    "Wuhan": _pairs(
        "Yellow Crane Tower=黄鹤楼; Jianghan Road=江汉路; East Lake=东湖; Hubu Alley=户部巷; "
        "Guanggu=光谷; Tanhualin=昙华林; Chuhe Hanjie=楚河汉街"
    ),
    "Changsha": _pairs(
        "Wuyi Square=五一广场; Orange Isle=橘子洲; Taiping Street=太平街; Yuelu Mountain=岳麓山; "
        "Meixi Lake=梅溪湖; Pozi Street=坡子街"
    ),
    "Shenzhen": _pairs(
        "Huaqiangbei=华强北; Shekou=蛇口; Dongmen=东门; Dameisha=大梅沙; Futian CBD=福田中心区; "
        "Nantou Ancient City=南头古城; Shenzhen Bay=深圳湾; OCT Loft=创意园"
    ),
    "Harbin": _pairs(
        "Central Street=中央大街; Saint Sophia=索菲亚; Sun Island=太阳岛; Songhua River=松花江"
    ),
}  # fmt: skip


def landmarks_of(city_en: str) -> tuple[tuple[Landmark, ...], tuple[Landmark, ...]]:
    """A city's own quarters and sights, and those that every city has."""
    own = OF_CITY.get(city_en, ())
    taken = {one.zh for one in own}
    return own, tuple(one for one in ANYWHERE if one.zh not in taken)
