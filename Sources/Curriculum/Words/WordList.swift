/// Words that questions are made of.
enum WordList {
    /// Singular things that can be listed and counted.
    static let things = split(
        """
        apple pear cup book chair lamp key door stone leaf coin shoe ball pen clock spoon bowl knife plate bottle bag box
        ring hat coat glove map letter drum bell candle rope ladder bucket brush basket pillow blanket mirror button
        cat dog bird fish horse cow sheep goat duck mouse fox bear frog bee ant
        """)

    /// Common words of three to eight small letters, for spelling and sorting.
    static let common = split(
        """
        able about above acid actor adult after again agent agree air alarm album alive alone along amber angle animal
        answer ant anvil apple april apron arch arena arm army arrow ash aunt autumn award away axle
        baby back bacon badge bag baker ball bamboo banana band bank banner barrel basin basket beach bean bear beaver
        bed bee bell belt bench berry bicycle bird biscuit blanket block blossom blue board boat body bone book border
        bottle bowl box branch brave bread breeze brick bridge bright brother brown brush bubble bucket bundle bus
        butter button
        cabin cable cactus cake camel camera camp canal candle canvas captain car carpet carrot castle cat cave cedar
        cellar chain chair chalk cheese cherry chest chicken child chimney circle city clay clean clever cliff clock
        cloud clover coal coast coat coffee coin collar color comb copper coral corn corner cotton cousin cow cradle
        crane crow crown crystal cup curtain cushion
        daisy dance danger dark date daughter dawn day deep deer desert desk diamond dinner dish doctor dog dolphin
        donkey door dragon dream dress drum duck dust
        eagle ear early earth east easy echo edge egg eight elbow elephant elm empty engine evening eye
        fabric face factory falcon family farm father feather fence fern field fig finger fire fish flag flame flock
        floor flour flower flute fog forest fork fox frame friend frog front frost fruit
        garden garlic gate giant ginger glass globe glove goat gold goose grain grape grass gravel green ground group
        guest guitar
        hair hammer hand happy harbor harp hat hawk heart heavy hedge hen herb heron hill honey hook horn horse hotel
        hour house hungry
        ice idea inch ink insect iron island ivory ivy
        jacket jar jelly jewel journey juice jungle
        kettle key king kitchen kite kitten knee knife knot
        ladder lake lamp lantern large lawn leaf leather lemon letter library light lily lime linen lion lizard long
        loud lunch
        magnet maple map marble market mask meadow melon metal milk mill mirror monkey month moon morning moss mother
        mountain mouse mouth music
        nail narrow neck needle nest net nickel night nine noble noise north nose number nurse nut
        oak oar ocean office oil olive onion open orange orchard otter oven owl ox
        paddle page paint palace palm pan panda paper parade park parrot path peach pear pebble pencil pepper piano
        picture pig pillow pilot pine planet plant plate plum pocket pond pony potato powder prince pumpkin purple
        queen quick quiet quilt
        rabbit radio rain rainbow raven red rice ribbon river road robin rock roof room root rope rose round ruby
        sail salad salt sand scarf school sea season seed seven shadow sheep shell ship shirt shoe short shoulder
        silver sister six sky sleep slow small smoke snail snow soap soft song soup south spider spoon spring square
        star station steam stone storm street strong sugar summer sun swan sweet
        table tail tall tea ten tent thin thread throat thumb thunder tiger timber tin toast tomato tooth tower town
        train tree tulip tunnel turtle twelve
        uncle under unit upper urban
        valley vase velvet village vine violet violin voice
        wagon walnut warm water wave wax weather west whale wheat wheel white wide willow wind window wing winter wolf
        wood wool word
        yard year yellow yolk young zebra zero zinc
        """)

    /// First names.
    static let names = split(
        """
        Anna Ben Clara David Emma Felix Grace Henry Iris Jack Kate Leo Mia Noah Olga Paul Quinn Rosa Sam Tina Umar Vera
        Will Xenia Yara Zoe Adam Bella Carl Dora Eli Fiona Gus Hanna Ivan Julia Karl Lena Max Nina Oscar Petra Ralf Sara
        Tom Uma Victor Wanda Yusuf Zara
        """)

    /// What people own, buy and give away, in the plural.
    static let goods = split(
        """
        apples pears plums books pens coins cards marbles stickers shells stamps cookies buttons ribbons stones balls
        candles cups nuts beads postcards lemons carrots tomatoes tickets magnets photos balloons flowers badges
        """)

    private static func split(_ text: String) -> [String] {
        text.split(whereSeparator: \.isWhitespace).map(String.init)
    }
}
